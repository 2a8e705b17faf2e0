#!/bin/sh
# The browser tests need a real Chromium and Chinese fonts; those of Word files need LibreOffice's
# writer (73 MB to fetch, 0.2 GB on the disk), those of sign-in by directory an LDAP server (slapd).
# Install them, or say what to install.
set -eu
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
have_font() { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }
have_office() { command -v soffice >/dev/null 2>&1; }
have_directory() { command -v slapd >/dev/null 2>&1 || [ -x /usr/sbin/slapd ]; }
if have_browser && have_font && have_office && have_directory; then exit 0; fi
# Installed as a program only: a package that starts a service asks this file first, and is told no.
no_service() {
  [ -e /usr/sbin/policy-rc.d ] && return
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
}
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  get() {
    echo "Installing $* ..."
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || true
  }
  apt-get update -qq
  { have_browser && have_font; } || get chromium fontconfig fonts-noto-cjk
  have_office || get libreoffice-writer-nogui
  have_directory || { no_service; get slapd; }
fi
if ! have_office; then
  echo "没有 LibreOffice，略过用它打开 Word 文件的测试；可安装：apt-get install libreoffice-writer-nogui" >&2
  echo "Without LibreOffice the tests that open Word files with it are skipped; apt-get install libreoffice-writer-nogui" >&2
fi
if ! have_directory; then
  echo "没有 slapd，略过目录服务（LDAP）登录的测试；可安装：apt-get install slapd" >&2
  echo "Without slapd the tests of sign-in by directory (LDAP) are skipped; apt-get install slapd" >&2
fi
have_browser && have_font && exit 0
echo "浏览器测试需要 Chromium 与中文字体，请安装：apt-get install chromium fontconfig fonts-noto-cjk" >&2
echo "The browser tests need Chromium and Chinese fonts; please run: apt-get install chromium fontconfig fonts-noto-cjk" >&2
exit 1
