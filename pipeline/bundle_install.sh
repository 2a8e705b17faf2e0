#!/bin/sh
# 明察 Mingcha：离线安装。sh install.sh [安装目录，默认 /opt/mingcha]
# Installs without a network. sh install.sh [target folder, default /opt/mingcha]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/mingcha}
python=${PYTHON:-python@PYTHON@}

stop() { printf '%s\n%s\n' "$1" "$2" >&2; exit 4; }

[ "$(uname -m)" = "@MACHINE@" ] || stop \
  "本安装包适用于 @MACHINE@ 处理器，本机是 $(uname -m)：请在同类机器上重新制作（make bundle）。" \
  "This bundle is for @MACHINE@, this machine is $(uname -m): make it anew on such a machine (make bundle)."
command -v "$python" >/dev/null 2>&1 || stop \
  "本机没有 $python：请先安装 Python @PYTHON@，或用 PYTHON=/路径/python@PYTHON@ 指明其位置。" \
  "There is no $python here: install Python @PYTHON@, or name it by PYTHON=/path/to/python@PYTHON@."
"$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "@PYTHON@")' || stop \
  "$python 不是 Python @PYTHON@，本安装包只适用于该版本。" \
  "$python is not Python @PYTHON@; this bundle is for that version only."
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || stop \
  "安装包不完整或被改动，未做任何安装：请重新拷贝后再试。" \
  "The bundle is incomplete or was changed; nothing was installed. Copy it again and retry."
"$python" -m venv --clear "$target" || stop \
  "不能在 $target 建立运行环境：请检查目录权限，并安装系统的 venv 组件（如 python3-venv）。" \
  "No environment could be made in $target: check its permissions, and install the system's venv package (such as python3-venv)."
pip() { "$target/bin/python" -m pip --quiet --disable-pip-version-check install --no-index --no-deps "$@"; }
pip --find-links "$here/wheels" --require-hashes -r "$here/requirements.txt" &&
  pip "$here"/mingcha-*.whl && "$target/bin/python" -m pip check >/dev/null || stop \
  "安装未完成，原因见上；常见的是本机系统过旧（需 glibc 2.28 及以上）。" \
  "Not installed, for the reason above; often the system is too old (glibc 2.28 or later is needed)."
"$target/bin/mingcha" --help >/dev/null
echo "已安装 installed: $target/bin/mingcha"
