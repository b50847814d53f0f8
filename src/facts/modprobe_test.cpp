// Goal: modprobe.d is read as modprobe reads it: precedence, masking, continued lines, quotes.
#include "facts/modprobe.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

TEST_CASE("verbs, comments, continued lines") {
  const auto lines = parse_modprobe_file(
      "# blacklist nvidia\n#comment \\\nblacklist nouveau\n\tblacklist   nvidia-uvm \nblacklist i2c_piix4\n"
      "options nvidia NVreg_A=1 \\\n  NVreg_B=2\r\ninstall nvidia /bin/false\nremove nvidia x\n"
      "alias char-major-195* nvidia\nalias nouveau off\nsoftdep drm pre: vfio-pci\nsoftdep ext4 pre: crc32\n"
      "options\nblacklist\nforget nvidia\n",
      "/etc/modprobe.d/a.conf");
  REQUIRE(lines.size() == 7);
  CHECK(lines[0].module == "nvidia_uvm");
  CHECK(lines[0].line == 4);
  CHECK(lines[1].verb == ModprobeVerb::kOptions);
  CHECK(lines[1].argument == "NVreg_A=1   NVreg_B=2");
  CHECK(lines[1].line == 6);
  CHECK(lines[1].file == "/etc/modprobe.d/a.conf");
  CHECK(lines[2].verbatim == "install nvidia /bin/false");
  CHECK(lines[3].verb == ModprobeVerb::kRemove);
  CHECK(lines[4].argument == "nvidia");
  CHECK(lines[5].argument == "off");
  CHECK(lines[6].verb == ModprobeVerb::kSoftdep);
}

TEST_CASE("hostile files are read to their end") {
  CHECK(parse_modprobe_file("\0\xff\\"sv, "f").empty());
  CHECK(parse_modprobe_file("options nvidia \\", "f").size() == 1);
  CHECK(parse_modprobe_file(std::string(100'000, '\\'), "f").empty());
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "blacklist nvidia\n";
  CHECK(parse_modprobe_file(many, "f").size() == 10'000);
  const auto odd = parse_modprobe_file("blacklist nvidia\0\n"sv, "f");
  REQUIRE(odd.size() == 1);
  CHECK(odd[0].module == "nvidia\\x00");
}

TEST_CASE("what keeps a module from loading") {
  Modprobe modprobe;
  modprobe.lines = parse_modprobe_file(
      "blacklist nouveau\ninstall nvidia-drm /bin/false\nalias nvidia off\ninstall nvidia_uvm /sbin/modprobe "
      "x\n",
      "f");
  CHECK(modprobe.blacklisted("nouveau"));
  CHECK(modprobe.blacklisted("nvidia-drm"));
  CHECK(modprobe.blacklisted("nvidia"));
  CHECK(!modprobe.blacklisted("nvidia_uvm"));
  CHECK(!modprobe.blacklisted("nova_core"));
}

TEST_CASE("options: all of them, the last last, quotes dropped") {
  Modprobe modprobe;
  modprobe.lines = parse_modprobe_file(
      "options nvidia NVreg_X=0\noptions nvidia NVreg_Dwords=\"a=1; b=2\" NVreg_X=1 bare\n"
      "options nvidia-drm NVreg_X=7\noptions nvidia NVreg_Open=\"never closed\n",
      "f");
  const auto x = modprobe.options("nvidia", "NVreg_X");
  REQUIRE(x.size() == 2);
  CHECK(x[0].first == "0");
  CHECK(x[1].first == "1");
  CHECK(x[1].second->line == 2);
  CHECK(modprobe.options("nvidia", "NVreg_Dwords")[0].first == "a=1; b=2");
  CHECK(modprobe.options("nvidia", "bare")[0].first.empty());
  CHECK(modprobe.options("nvidia_drm", "NVreg_X").size() == 1);
  CHECK(modprobe.options("nvidia", "NVreg_Open")[0].first == "never closed");
  CHECK(modprobe.options("nvidia", "NVreg").empty());
}

TEST_CASE("a name in /etc hides the same name below; /lib is read once") {
  host::FakeHost host;
  host.link("/lib", "usr/lib").node("/dev/null", 1, 3);
  host.file("/usr/lib/modprobe.d/b.conf", "blacklist nvidia\n").file("/etc/modprobe.d/b.conf", "# nothing\n");
  host.file("/usr/lib/modprobe.d/c.conf", "blacklist nouveau\n").link("/run/modprobe.d/c.conf", "/dev/null");
  host.file("/usr/lib/modprobe.d/d.conf", "options nvidia a=1\n")
      .file("/etc/modprobe.d/e.txt", "blacklist nova\n");
  host.file("/usr/local/lib/modprobe.d/a.conf", "options nvidia a=0\n")
      .link("/etc/modprobe.d/z.conf", "nowhere");
  const auto modprobe = read_modprobe(host);
  REQUIRE(modprobe);
  CHECK(!modprobe->blacklisted("nvidia"));
  CHECK(!modprobe->blacklisted("nouveau"));
  REQUIRE(modprobe->lines.size() == 2);
  CHECK(modprobe->options("nvidia", "a").back().first == "1");
  CHECK(modprobe->unreadable.empty());
}

TEST_CASE("a file that cannot be read is named, the others are read") {
  host::FakeHost host;
  host.error("/etc/modprobe.d/cis.conf",
             {ErrorCode::kDenied, "cannot open /etc/modprobe.d/cis.conf", "", {}});
  host.file("/lib/modprobe.d/x.conf", "blacklist nouveau\n").directory("/etc/modprobe.d/dir.conf");
  const auto modprobe = read_modprobe(host);
  REQUIRE(modprobe);
  CHECK(modprobe->blacklisted("nouveau"));
  REQUIRE(modprobe->unreadable.size() == 1);
  CHECK(modprobe->unreadable[0].code == ErrorCode::kDenied);
  CHECK(read_modprobe(host::FakeHost())->lines.empty());
}
