// Goal: no parser of foreign text crashes, hangs or leaves its bytes, whatever is cut off or changed.
#include <doctest.h>

#include "facts/containers.hpp"
#include "facts/devices.hpp"
#include "facts/ini.hpp"
#include "facts/packages.hpp"
#include "facts/python.hpp"
#include "facts/runfile.hpp"
#include "facts/services.hpp"
#include "facts/toolkits.hpp"

using namespace nvstack;
using namespace nvstack::facts;

namespace {

/// Everything that reads text, one after the other: each must end, whatever it is given.
void parse_all(std::string_view text) {
  std::vector<std::string> broken;
  (void)parse_dpkg_status(text, broken);
  (void)parse_rpm_list(text);
  (void)parse_pacman_desc(text);
  (void)parse_ignored_packages(text);
  (void)parse_module_streams(text);
  (void)parse_version_lock_list(text);
  (void)parse_version_lock_toml(text);
  (void)parse_zypp_locks(text);
  (void)parse_repo_ini(text, "f");
  (void)parse_apt_list(text, "f");
  (void)parse_apt_sources(text, "f");
  (void)parse_installer_log(text);
  (void)parse_proc_devices(text);
  (void)parse_unit_file(text);
  (void)parse_fabric_manager_log(text);
  (void)parse_toolkit_json(text);
  (void)parse_toolkit_text(text);
  (void)parse_cudnn_header(text);
  (void)parse_torch_version(text);
  (void)wheel_of_directory(text);
  (void)parse_docker_config(text);
  (void)parse_runtime_toml(text);
  (void)parse_cdi_spec(text);
}

const std::vector<std::string> kSamples = {
    "Package: nvidia-open\nStatus: install ok installed\nVersion: 1\n\nPackage: x\nStatus: a b "
    "half-configured\n",
    "nvidia-open\t3\t580.95.05-1\tnoarch\tNVIDIA\n",
    "%NAME%\nnvidia\n\n%VERSION%\n1-1\n",
    "[cuda]\nbaseurl=https://a\n https://b\nIgnorePkg = a \\\n b\n",
    "Types: deb\nURIs: http://a\nSuites: b\n\ndeb [a=b] http://a b c\n",
    "195 nvidia\nCUDA Version 10.2.89\n#define CUDNN_MAJOR 9\n__version__ = '2.6'\ncuda: Optional[str] = "
    "'12.4'\n",
    "[a.runtimes.nvidia.options]\nBinaryName = \"nvidia-container-runtime\"\nkind: "
    "nvidia.com/gpu\nlibcuda.so.580.95\n",
    R"({"runtimes":{"nvidia":{"path":"x"}},"exec-opts":["native.cgroupdriver=a"],"cuda":{"version":"12.4"}})",
};

}  // namespace

TEST_CASE("every cut of every sample") {
  for (const std::string& sample : kSamples)
    for (std::size_t size = 0; size <= sample.size(); ++size)
      parse_all(std::string_view(sample).substr(0, size));
}

TEST_CASE("every byte changed") {
  for (const std::string& sample : kSamples)
    for (std::size_t at = 0; at < sample.size(); ++at)
      for (const char value : {'\0', '\n', '\xff', '"', '[', ' '}) {
        std::string bytes = sample;
        bytes[at] = value;
        parse_all(bytes);
      }
}

TEST_CASE("long runs of one byte and of one line") {
  for (const char value : {'\0', '\n', ' ', '[', '=', '%', '\t', '"', '\\', '{', 'k'})
    parse_all(std::string(50'000, value));
  for (const std::string line :
       {"kind", "[a]\n", "a=b\\\n", " x\n", "runtimes.", "libcuda.so.", "deb a b\n", "1.1."}) {
    std::string text = "kind: nvidia.com/gpu\n";
    while (text.size() < 50'000) text += line;
    parse_all(text);
  }
}
