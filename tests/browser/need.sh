#!/bin/sh
# The browser tests need a real Chromium and Chinese fonts; those of Word files need LibreOffice's
# writer (73 MB to fetch, 0.2 GB on the disk). Install them, or say what to install.
set -eu
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
have_font() { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }
have_office() { command -v soffice >/dev/null 2>&1; }
if have_browser && have_font && have_office; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  need=""
  { have_browser && have_font; } || need="chromium fontconfig fonts-noto-cjk"
  have_office || need="$need libreoffice-writer-nogui"
  echo "Installing $need ..."
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null || true
fi
if ! have_office; then
  echo "没有 LibreOffice，略过用它打开 Word 文件的测试；可安装：apt-get install libreoffice-writer-nogui" >&2
  echo "Without LibreOffice the tests that open Word files with it are skipped; apt-get install libreoffice-writer-nogui" >&2
fi
have_browser && have_font && exit 0
echo "浏览器测试需要 Chromium 与中文字体，请安装：apt-get install chromium fontconfig fonts-noto-cjk" >&2
echo "The browser tests need Chromium and Chinese fonts; please run: apt-get install chromium fontconfig fonts-noto-cjk" >&2
exit 1
