#include "framework/cuda_choice.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

using facts::CudaPlace;
using facts::CudaPlaceKind;
using facts::CudaPlaces;

namespace {

std::string version_text(const std::optional<Version>& version) {
  return version ? version->text : "";
}

/// Without a slash at its end; the toolkit behind the link /usr/local/cuda is the same place.
std::string plain(std::string_view folder, const CudaPlaces& places) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  std::string out(folder);
  for (const std::string_view link : {"/usr/local/cuda", "/etc/alternatives/cuda"}) {
    const std::string& target =
        link == "/usr/local/cuda" ? places.variables.default_toolkit : places.variables.alternative;
    const bool same = out == link || out.starts_with(std::string(link) + "/");
    if (same && !target.empty()) return target + out.substr(link.size());
  }
  return out;
}

const CudaPlace* toolkit_at(const CudaPlaces& places, std::string_view folder) {
  const std::string wanted = plain(folder, places);
  for (const CudaPlace& place : places.all)
    if (place.kind == CudaPlaceKind::kToolkit && plain(place.path, places) == wanted) return &place;
  return nullptr;
}

/// The toolkit whose bin directory comes first on PATH; the distribution's nvcc lies in /usr/bin.
const CudaPlace* nvcc_of_path(const CudaPlaces& places, std::string& folder) {
  for (const std::string_view part : split(places.variables.path, ':')) {
    folder = part;
    if (part == "/usr/bin" || part == "/bin")
      for (const CudaPlace& place : places.all)
        if (place.kind == CudaPlaceKind::kToolkit && place.path.starts_with("/usr/lib")) return &place;
    std::string_view parent = part;
    while (parent.size() > 1 && parent.ends_with('/')) parent.remove_suffix(1);
    if (!parent.ends_with("/bin")) continue;
    if (const CudaPlace* toolkit = toolkit_at(places, parent.substr(0, parent.size() - 4))) return toolkit;
  }
  return nullptr;
}

CudaWinner by_variable(const CudaPlaces& places, const char* name, const std::string& value) {
  if (value.empty()) return {name, "", "", N_("not set")};
  const CudaPlace* toolkit = toolkit_at(places, value);
  return {name, value, toolkit ? version_text(toolkit->version) : "",
          toolkit ? Message(N_("the variable itself")) : Message(N_("set, but no toolkit is there"))};
}

/// LD_LIBRARY_PATH comes before everything but an RPATH, which pip's wheels have.
CudaWinner libraries(const CudaPlaces& places) {
  for (const std::string_view part : split(places.variables.library_path, ':')) {
    const std::string folder = plain(part, places);
    for (const CudaPlace& place : places.all) {
      const std::string root = plain(place.path, places);
      const bool inside = folder == root || folder == root + "/lib64" || folder == root + "/lib" ||
                          folder.starts_with(root + "/targets/");
      const bool runtime = place.kind == CudaPlaceKind::kToolkit || place.kind == CudaPlaceKind::kRuntime ||
                           place.kind == CudaPlaceKind::kConda;
      if (inside && runtime)
        return {"libcudart", std::string(part), version_text(place.version), N_("first on LD_LIBRARY_PATH")};
    }
  }
  for (const CudaPlace& place : places.all)
    if (place.kind == CudaPlaceKind::kRuntime && !place.what.empty())
      return {"libcudart", place.path, version_text(place.version),
              N_("a folder that the loader searches by itself")};
  return {"libcudart", "", "", N_("none; Python wheels bring their own")};
}

}  // namespace

std::vector<CudaWinner> find_winners(const CudaPlaces& places) {
  std::string folder;
  const CudaPlace* nvcc = nvcc_of_path(places, folder);
  std::vector<CudaWinner> out;
  out.push_back({"nvcc", nvcc ? nvcc->path : "", nvcc ? version_text(nvcc->version) : "",
                 nvcc ? Message(N_("the first on PATH: {folder}"), {{"folder", folder}})
                      : Message(N_("none on PATH"))});
  out.push_back(by_variable(places, "CUDA_HOME", places.variables.cuda_home));
  out.push_back(by_variable(places, "CUDA_PATH", places.variables.cuda_path));
  const std::string& target = places.variables.default_toolkit;
  const CudaPlace* standard = target.empty() ? nullptr : toolkit_at(places, target);
  out.push_back({"/usr/local/cuda", target, standard ? version_text(standard->version) : "",
                 target.empty() ? Message(N_("there is none")) : Message(N_("where the link leads"))});
  out.push_back(libraries(places));
  const std::string& alternative = places.variables.alternative;
  const CudaPlace* chosen = alternative.empty() ? nullptr : toolkit_at(places, alternative);
  if (!alternative.empty())
    out.push_back({"alternatives", alternative, chosen ? version_text(chosen->version) : "",
                   N_("where the link leads")});
  return out;
}

const CudaPlace* find_toolkit(const CudaPlaces& places, const std::string& version) {
  const CudaPlace* best = nullptr;
  for (const CudaPlace& place : places.all) {
    if (place.kind != CudaPlaceKind::kToolkit || !place.version) continue;
    const bool wanted = place.version->text == version || place.version->text.starts_with(version + ".");
    if (!version.empty() && !wanted) continue;
    if (version.empty() && !places.variables.default_toolkit.empty() &&
        plain(place.path, places) == places.variables.default_toolkit)
      return &place;
    if (!best || *place.version > *best->version) best = &place;
  }
  return best;
}

Result<Shell> parse_shell(std::string_view word) {
  if (word == "bash" || word == "zsh" || word == "sh") return Shell::kBash;
  if (word == "fish") return Shell::kFish;
  return fail(ErrorCode::kUsage, "no shell \"" + printable(word, 40) + "\"", "bash, zsh or fish");
}

std::string environment_block(const std::string& toolkit, const std::string& arch, Shell shell,
                              BlockForm form) {
  std::vector<std::string> libraries = {toolkit + "/lib64"};
  if (form == BlockForm::kFull) {
    const std::string target = arch == "aarch64" ? "sbsa-linux" : "x86_64-linux";
    libraries.push_back(toolkit + "/extras/CUPTI/lib64");
    libraries.push_back(toolkit + "/targets/" + target + "/lib");
  }
  if (shell == Shell::kFish) {
    std::string out = "set -gx CUDA_HOME " + toolkit + "\nfish_add_path --prepend " + toolkit + "/bin\n";
    return out + "set -gx --path LD_LIBRARY_PATH " + join(libraries, " ") + " $LD_LIBRARY_PATH\n";
  }
  // ${X:+:$X}: an empty variable must not leave a ":" behind, which would mean the current directory.
  return "export CUDA_HOME=" + toolkit + "\nexport PATH=" + toolkit +
         "/bin${PATH:+:${PATH}}\nexport LD_LIBRARY_PATH=" + join(libraries, ":") +
         "${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}\n";
}

}  // namespace nvstack::framework
