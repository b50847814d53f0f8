// Goal: the running and the installed kernels are known from files alone; every published release name finds
// its flavor; odd bytes in /proc and /boot never stop the reading.
#include "facts/kernel.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

TEST_CASE("flavors by release") {
  const std::pair<const char*, KernelFlavor> releases[] = {
      {"6.8.0-45-generic", KernelFlavor::kGeneric},
      {"6.1.79-99.167.amzn2023.x86_64", KernelFlavor::kGeneric},
      {"6.8.0-1015-azure", KernelFlavor::kAzure},
      {"6.4.0-150600.8.8-azure", KernelFlavor::kAzure},
      {"5.14.0-427.el9.aarch64+64k", KernelFlavor::k64k},
      {"5.14.21-150500.11-64kb", KernelFlavor::k64k},
      {"6.8.0-1015-nvidia-64k", KernelFlavor::k64k},
      {"5.14.0-427.el9.x86_64+rt", KernelFlavor::kRt},
      {"4.18.0-553.rt7.342.el8_10.x86_64", KernelFlavor::kRt},
      {"6.1.0-18-rt-amd64", KernelFlavor::kRt},
      {"6.6.0-rt15", KernelFlavor::kRt},
      {"6.8.0-rtl-generic", KernelFlavor::kGeneric},
      {"5.15.0-200.131.27.el9uek.x86_64", KernelFlavor::kUek},
      {"6.1.0-18-cloud-amd64", KernelFlavor::kCloud},
      {"6.8.0-1012-gcp", KernelFlavor::kCloud},
      {"6.8.0-1012-aws", KernelFlavor::kCloud},
      {"5.15.153.1-microsoft-standard-WSL2", KernelFlavor::kWsl},
      {"5.15.148-tegra", KernelFlavor::kTegra},
      {"", KernelFlavor::kGeneric},
  };
  for (const auto& [release, flavor] : releases) {
    CAPTURE(release);
    CHECK(flavor_of_release(release) == flavor);
  }
  CHECK(flavor_of_release(std::string(100'000, '-')) == KernelFlavor::kGeneric);
  CHECK(kernel_flavor_of("azure") == KernelFlavor::kAzure);
  CHECK(!kernel_flavor_of("mainframe"));
  CHECK(kernel_flavor_name(KernelFlavor::k64k) == "64k");
}

TEST_CASE("release and compiler of /proc/version") {
  const auto debian = parse_proc_version(
      "Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU "
      "ld "
      "(GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC\n");
  CHECK(debian.release == "6.1.0-56-amd64");
  CHECK(debian.compiler == "gcc-12 (Debian 12.2.0-14) 12.2.0");
  CHECK(parse_gcc_major(debian.compiler) == 12);
  const auto old = parse_proc_version(
      "Linux version 4.4.0 (b@h) (gcc version 5.4.0 20160609 (Ubuntu 5.4.0-6ubuntu1~16.04.12) ) #1");
  CHECK(parse_gcc_major(old.compiler) == 5);
  CHECK(parse_gcc_major("gcc (GCC) 11.4.1 20231218 (Red Hat 11.4.1-3)") == 11);
  CHECK(!parse_gcc_major("Debian clang version 14.0.6"));
  CHECK(!parse_gcc_major("gcc ((((("));
  CHECK(parse_proc_version("Linux version 6.1 (((").compiler.empty());
  CHECK(parse_proc_version("Linux version 6.1 )))))(a)(b").release == "6.1");
  CHECK(parse_proc_version("\0\xff"sv).release.empty());
}

TEST_CASE("the command line: quotes, the last value, '-' as '_'") {
  Kernel kernel;
  kernel.command_line = parse_command_line("quiet nomodeset a=1 a=2 dyndbg=\"file x +p\" rd-y=3\n");
  CHECK(kernel.parameter("quiet") == "");
  CHECK(kernel.parameter("a") == "2");
  CHECK(kernel.parameter("dyndbg") == "file x +p");
  CHECK(kernel.parameter("rd_y") == "3");
  CHECK(!kernel.parameter("b"));
  CHECK(parse_command_line("a\0b \"open"sv) == std::vector<std::string>{"a\\x00b", "open"});
}

TEST_CASE("lockdown and configuration") {
  CHECK(parse_lockdown("none [integrity] confidentiality\n") == "integrity");
  CHECK(parse_lockdown("[none] integrity confidentiality") == "none");
  CHECK(parse_lockdown("none [integr").empty());
  const auto config = parse_kernel_config(
      "CONFIG_CC_VERSION_TEXT=\"gcc-13 (Ubuntu 13.2.0) 13.2.0\"\n# CONFIG_MODULE_SIG_FORCE is not set\n");
  CHECK(config.compiler == "gcc-13 (Ubuntu 13.2.0) 13.2.0");
  CHECK(config.module_sig_force == false);
  CHECK(!parse_kernel_config("\x7f"
                             "ELF CONFIG_MODULE_SIG_FORCE=y")
             .module_sig_force);
}

TEST_CASE("releases are ordered by their numbers") {
  CHECK(release_less("6.8.0-9-generic", "6.8.0-45-generic"));
  CHECK(!release_less("6.8.0-45-generic", "6.8.0-9-generic"));
  CHECK(release_less("6.8", "6.8.1"));
  CHECK(!release_less("6.8", "6.8"));
  CHECK(release_less("6.08", "6.8") != release_less("6.8", "6.08"));
  CHECK(release_less("1" + std::string(500, '9'), "2" + std::string(500, '9')));
}

TEST_CASE("a running machine") {
  host::FakeHost host;
  host.file("/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n").file("/proc/sys/kernel/arch", "x86_64\n");
  host.file("/proc/version", "Linux version 6.1.0-56-amd64 (a@b) (gcc-12 (Debian) 12.2.0, GNU ld) #1\n");
  host.file("/proc/cmdline", "quiet module.sig_enforce=1\n").file("/proc/sys/kernel/tainted", "12288\n");
  host.file("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
  host.file("/boot/config-6.1.0-56-amd64", "# CONFIG_MODULE_SIG_FORCE is not set\n");
  host.link("/lib", "usr/lib").file("/usr/lib/modules/6.1.0-56-amd64/modules.dep", "");
  host.directory("/usr/lib/modules/6.1.0-9-amd64/updates/dkms")
      .link("/usr/lib/modules/6.1.0-3/build", "/usr/src");
  host.file("/usr/lib/modules/README", "no kernel");
  const auto kernel = read_kernel(host);
  REQUIRE(kernel);
  CHECK(kernel->release == "6.1.0-56-amd64");
  CHECK(kernel->arch == "x86_64");
  CHECK(kernel->taint == 12288);
  CHECK(kernel->lockdown == "none");
  CHECK(kernel->gcc_major == 12);
  CHECK(kernel->module_sig_force == true);
  CHECK(kernel->installed == std::vector<std::string>{"6.1.0-9-amd64", "6.1.0-56-amd64"});
  host.file("/sys/module/module/parameters/sig_enforce", "N\n");
  CHECK(read_kernel(host)->module_sig_force == false);
}

TEST_CASE("with little to go by") {
  host::FakeHost host;
  CHECK(read_kernel(host).error().code == ErrorCode::kNotFound);
  host.command({"uname", "-r"}, "6.6.1\n").command({"uname", "-m"}, "aarch64\n");
  CHECK(read_kernel(host)->release == "6.6.1");
  CHECK(read_kernel(host)->arch == "aarch64");
  CHECK(!read_kernel(host)->module_sig_force);
  host.file("/lib/modules/6.6.1/config",
            "CONFIG_CC_VERSION_TEXT=\"gcc (GCC) 14.1.0\"\nCONFIG_MODULE_SIG_FORCE=y\n");
  CHECK(read_kernel(host)->gcc_major == 14);
  CHECK(read_kernel(host)->module_sig_force == true);
  host.file("/proc/sys/kernel/tainted", "many\n").file("/proc/cmdline", std::string(100'000, 'x'));
  CHECK(!read_kernel(host)->taint);
  CHECK(read_kernel(host)->command_line.empty());
}

TEST_CASE("a directory of modules that cannot be listed is an error") {
  host::FakeHost host;
  host.error("/lib/modules", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_installed_kernels(host).error().code == ErrorCode::kDenied);
}
