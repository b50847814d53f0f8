#include "framework/environment.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

using facts::InstalledWheel;
using facts::TorchEnvironment;

/// "12" of nvidia-cublas-cu12; "13" of the wheels without a suffix, as nvidia-cublas 13.1.
std::string cuda_major_of(const InstalledWheel& wheel) {
  const std::size_t at = wheel.name.rfind("-cu");
  if (at != std::string::npos && parse_uint(wheel.name.substr(at + 3))) return wheel.name.substr(at + 3);
  return "";
}

class Check {
 public:
  Check(const TorchEnvironment& environment, const Request& request, const std::string& library_path,
        const Tables& tables)
      : environment_(environment), request_(request), library_path_(library_path), tables_(tables) {}

  std::vector<TorchFinding> run() {
    if (!environment_.is_virtual)
      add("no-environment", Severity::kWarn,
          N_("{prefix} is no virtual environment: what is installed there is shared by every program"),
          {{"prefix", environment_.prefix}}, "python3 -m venv DIR");
    const std::string written = environment_.version_of("torch");
    const std::string text = environment_.torch ? environment_.torch->version : written;
    const auto torch = parse_python_version(text);
    if (!torch) {
      add("no-torch", Severity::kBad, N_("there is no torch in {prefix}"), {{"prefix", environment_.prefix}},
          "nvstack torch install");
      return std::move(found_);
    }
    look_at_torch(*torch);
    look_at_family(*torch);
    look_at_libraries(*torch);
    look_at_wheel(*torch);
    look_at_paths();
    return std::move(found_);
  }

 private:
  void add(const char* id, Severity severity, std::string text,
           std::vector<std::pair<std::string, std::string>> values, std::string cure) {
    found_.push_back({id, severity, {std::move(text), std::move(values)}, std::move(cure)});
  }

  /// version.py knows its CUDA also where the version has no local part.
  std::string variant_of(const PythonVersion& torch) const {
    if (environment_.torch && !environment_.torch->cuda.empty())
      if (const auto cuda = parse_version(environment_.torch->cuda)) return variant_of_cuda(*cuda);
    const std::string named = variant_of_version(torch);
    return named.empty() && environment_.torch ? "cpu" : named;
  }

  void look_at_torch(const PythonVersion& torch) {
    Request machine = request_;
    for (const InstalledWheel& wheel : environment_.wheels)
      if (wheel.name.starts_with("nvidia-cudnn")) machine.cudnn = parse_python_version(wheel.version);
    judge_torch(torch, variant_of(torch), machine, tables_, found_);
    const std::size_t copies = static_cast<std::size_t>(
        std::count_if(environment_.wheels.begin(), environment_.wheels.end(),
                      [](const InstalledWheel& wheel) { return wheel.name == "torch"; }));
    if (copies > 1)
      add("two-torches", Severity::kBad, N_("torch is installed {count} times in one environment"),
          {{"count", std::to_string(copies)}}, "pip uninstall -y torch");
  }

  void look_at_family(const PythonVersion& torch) {
    std::vector<std::pair<std::string, PythonVersion>> others;
    for (const char* name : {"torchvision", "torchaudio", "torchtext"})
      if (auto version = parse_python_version(environment_.version_of(name)))
        others.emplace_back(name, std::move(*version));
    judge_family(torch, others, tables_, found_);
  }

  void look_at_libraries(const PythonVersion& torch) {
    const auto cuda = cuda_of_variant(variant_of(torch));
    if (!cuda) return;
    const std::string major = std::to_string(cuda->branch());
    for (const InstalledWheel& wheel : environment_.wheels) {
      const std::string own = cuda_major_of(wheel);
      if (wheel.name.starts_with("nvidia-") && !own.empty() && own != major)
        return add("mixed-libraries", Severity::kWarn,
                   N_("{wheel} is for CUDA {own}, torch for CUDA {major}: a remnant of another torch"),
                   {{"wheel", wheel.name}, {"own", own}, {"major", major}}, "pip uninstall -y " + wheel.name);
    }
    const bool any =
        std::any_of(environment_.wheels.begin(), environment_.wheels.end(),
                    [](const InstalledWheel& wheel) { return wheel.name.starts_with("nvidia-"); });
    if (!any && torch >= *parse_python_version("2.6") && environment_.torch)
      add("no-libraries", Severity::kBad,
          N_("torch {torch} takes its CUDA libraries from wheels, and none of them is installed"),
          {{"torch", torch.text()}}, "pip install --force-reinstall torch==" + torch.text());
  }

  void look_at_wheel(const PythonVersion& torch) {
    const auto python = parse_python_target(environment_.python);
    if (!python || environment_.tags.empty()) return;
    bool fits = false;
    for (const std::string& tag : environment_.tags)
      for (const bool threaded : {false, true}) {
        PythonTarget one = *python;
        one.free_threaded = threaded;
        const auto parsed = parse_wheel_name("torch-1-" + tag + ".whl");
        fits = fits || (parsed && WheelTags(one, request_.libc, request_.arch).rank(*parsed));
      }
    if (!fits)
      add("wrong-wheel", Severity::kBad,
          N_("the wheel of torch {torch} is for {tag}, not for Python {python} with {libc}"),
          {{"torch", torch.text()},
           {"tag", environment_.tags[0]},
           {"python", environment_.python},
           {"libc", request_.libc.text()}},
          "nvstack torch");
  }

  void look_at_paths() {
    for (const std::string& path : environment_.shadowing)
      add("shadowed-driver", Severity::kBad,
          N_("{path} is a copy of a driver library: it is taken before the driver's own and fails after the "
             "next update"),
          {{"path", path}}, "rm " + path);
    for (const std::string_view folder : split(library_path_, ':')) {
      const bool toolkit = contains(folder, "/cuda") && !contains(folder, environment_.prefix + "/");
      if (toolkit)
        add("shadowed", Severity::kWarn,
            N_("{folder} on LD_LIBRARY_PATH comes before the CUDA libraries of this environment"),
            {{"folder", std::string(folder)}}, "unset LD_LIBRARY_PATH");
    }
  }

  const TorchEnvironment& environment_;
  const Request& request_;
  const std::string& library_path_;
  const Tables& tables_;
  std::vector<TorchFinding> found_;
};

}  // namespace

std::vector<TorchFinding> check_environment(const TorchEnvironment& environment, const Request& request,
                                            const std::string& library_path, const Tables& tables) {
  return Check(environment, request, library_path, tables).run();
}

}  // namespace nvstack::framework
