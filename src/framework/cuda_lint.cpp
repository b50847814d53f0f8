// What is wrong or needless in PATH, CUDA_HOME and LD_LIBRARY_PATH.
#include <algorithm>

#include "base/text.hpp"
#include "framework/cuda_choice.hpp"

namespace nvstack::framework {

namespace {

using facts::CudaPlace;
using facts::CudaPlaceKind;
using facts::CudaPlaces;

class Lint {
 public:
  explicit Lint(const CudaPlaces& places) : places_(places) {}

  std::vector<ShellLint> run() {
    look_at_library_path();
    look_at_homes();
    return std::move(found_);
  }

 private:
  void add(const char* id, std::string text, std::vector<std::pair<std::string, std::string>> values = {}) {
    const bool known =
        std::any_of(found_.begin(), found_.end(), [&](const ShellLint& one) { return one.id == id; });
    if (!known) found_.push_back({id, {std::move(text), std::move(values)}});
  }
  bool has(CudaPlaceKind kind) const {
    return std::any_of(places_.all.begin(), places_.all.end(),
                       [&](const CudaPlace& place) { return place.kind == kind; });
  }

  void look_at_folder(const std::string& folder) {
    const std::vector<std::pair<std::string, std::string>> value = {{"folder", folder}};
    if (folder.empty())
      return add("current-directory", N_("LD_LIBRARY_PATH has an empty part: libraries are loaded from "
                                         "whatever directory a program is started in."));
    if (contains(folder, "/stubs"))
      return add(
          "stubs",
          N_("{folder} on LD_LIBRARY_PATH: its libcuda only serves linking; programs end with error 34."),
          value);
    if (folder.ends_with("/compat") || contains(folder, "/compat/"))
      return add("compat",
                 N_("{folder} on LD_LIBRARY_PATH: its libcuda serves data-center GPUs alone; on others "
                    "programs end with error 804, after a driver update with 803."),
                 value);
    for (const char* system : {"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/lib/x86_64-linux-gnu",
                               "/usr/lib/aarch64-linux-gnu", "/lib/x86_64-linux-gnu"})
      if (folder == system)
        return add("system-folder",
                   N_("{folder} on LD_LIBRARY_PATH is needless: the loader searches it by itself, and it now "
                      "comes before the libraries that programs bring."),
                   value);
    const bool toolkit =
        contains(folder, "/cuda") && (folder.ends_with("/lib64") || contains(folder, "/targets/"));
    if (toolkit && has(CudaPlaceKind::kPip))
      add("over-wheels",
          N_("{folder} on LD_LIBRARY_PATH may take the place of the CUDA libraries that pip installed; leave "
             "it out where PyTorch or JAX runs."),
          value);
  }

  void look_at_library_path() {
    std::string_view text = places_.variables.library_path;
    if (text.empty()) return;
    std::vector<std::string> folders;
    for (std::string_view part : split(text, ':')) {
      while (part.size() > 1 && part.ends_with('/')) part.remove_suffix(1);
      folders.emplace_back(part);
    }
    for (std::size_t i = 0; i < folders.size(); ++i) {
      look_at_folder(folders[i]);
      const bool twice = std::find(folders.begin(), folders.begin() + static_cast<std::ptrdiff_t>(i),
                                   folders[i]) != folders.begin() + static_cast<std::ptrdiff_t>(i);
      if (twice && !folders[i].empty())
        add("twice", N_("{folder} is on LD_LIBRARY_PATH twice."), {{"folder", folders[i]}});
    }
  }

  void look_at_homes() {
    const auto winners = find_winners(places_);
    const CudaWinner &nvcc = winners[0], &home = winners[1], &path = winners[2], &libraries = winners[4];
    if (!home.path.empty() && home.version.empty())
      add("home-empty", N_("CUDA_HOME is {home}, but no toolkit is there."), {{"home", home.path}});
    if (!home.path.empty() && !path.path.empty() && home.version != path.version)
      add("home-and-path", N_("CUDA_HOME ({home}) and CUDA_PATH ({path}) name different toolkits."),
          {{"home", home.path}, {"path", path.path}});
    if (!nvcc.version.empty() && !home.version.empty() && nvcc.version != home.version)
      add("nvcc-and-home",
          N_("nvcc on PATH is of {nvcc}, CUDA_HOME of {home}: compiler and libraries of a build would be of "
             "two releases."),
          {{"nvcc", nvcc.version}, {"home", home.version}});
    if (!nvcc.version.empty() && !libraries.version.empty() && contains(libraries.path, "/cuda") &&
        nvcc.version.substr(0, nvcc.version.find('.')) !=
            libraries.version.substr(0, libraries.version.find('.')))
      add("nvcc-and-libraries",
          N_("nvcc on PATH is of {nvcc}, the libraries on LD_LIBRARY_PATH are of {libraries}."),
          {{"nvcc", nvcc.version}, {"libraries", libraries.version}});
    if (nvcc.path.empty() && has(CudaPlaceKind::kToolkit))
      add("nvcc-not-found", N_("A toolkit is installed, but its nvcc is not on PATH."));
  }

  const CudaPlaces& places_;
  std::vector<ShellLint> found_;
};

}  // namespace

std::vector<ShellLint> lint_variables(const CudaPlaces& places) {
  return Lint(places).run();
}

std::string render_lint(const std::vector<ShellLint>& lint, std::size_t columns) {
  std::string out;
  for (const ShellLint& one : lint)
    out += "  - " +
           replace_all(wrap(render(one.text) + " [" + one.id + "]", columns > 24 ? columns - 4 : 20, 0), "\n",
                       "\n    ") +
           "\n";
  return out;
}

namespace {

Json place_json(const CudaPlace& place) {
  return Json::object()
      .set("kind", std::string(facts::cuda_place_kind_name(place.kind)))
      .set("path", place.path)
      .set("version", place.version ? Json(place.version->text) : Json())
      .set("what", place.what);
}

}  // namespace

Json cuda_list_json(const CudaPlaces& places) {
  Json all = Json::array(), winners = Json::array(), lint = Json::array();
  for (const CudaPlace& place : places.all) all.add(place_json(place));
  for (const CudaWinner& winner : find_winners(places))
    winners.add(Json::object()
                    .set("question", winner.question)
                    .set("path", winner.path)
                    .set("version", winner.version)
                    .set("by", render(winner.by)));
  for (const ShellLint& one : lint_variables(places))
    lint.add(Json::object().set("id", one.id).set("text", render(one.text)));
  return Json::object()
      .set("places", std::move(all))
      .set("winners", std::move(winners))
      .set("lint", std::move(lint));
}

std::string render_cuda_list(const CudaPlaces& places, std::size_t columns) {
  std::string out;
  for (const CudaPlace& place : places.all) {
    std::string kind(facts::cuda_place_kind_name(place.kind)),
        version = place.version ? place.version->text : "?";
    kind.resize(9, ' '), version.resize(std::max<std::size_t>(14, version.size() + 1), ' ');
    out += kind + version + place.path + (place.what.empty() ? "" : "  (" + place.what + ")") + "\n";
  }
  if (places.all.empty())
    out += translate(N_("No part of CUDA is installed here. Programs that bring their own, as PyTorch does, "
                        "need none.")) +
           "\n";
  out += "\n" + translate(N_("Which one is taken:")) + "\n";
  for (const CudaWinner& winner : find_winners(places)) {
    std::string question = winner.question;
    question.resize(17, ' ');
    out += "  " + question +
           (winner.path.empty() ? "-"
                                : winner.path + (winner.version.empty() ? "" : " (" + winner.version + ")")) +
           ": " + render(winner.by) + "\n";
  }
  const auto lint = lint_variables(places);
  if (!lint.empty()) out += "\n" + translate(N_("Mind:")) + "\n" + render_lint(lint, columns);
  return out;
}

}  // namespace nvstack::framework
