#include "framework/cuda_match.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

class Matcher {
 public:
  Matcher(const MatchAsked& asked, const Tables& tables, std::vector<CudnnRow> cudnn,
          std::vector<CompilerRow> compilers)
      : asked_(asked), tables_(tables), cudnn_(std::move(cudnn)), compilers_(std::move(compilers)) {}

  std::vector<MatchLine> run() {
    if (asked_.driver) driver();
    if (asked_.toolkit) toolkit();
    for (const WantedGpu& gpu : asked_.gpus) one_gpu(gpu);
    if (asked_.cudnn) one_cudnn();
    compilers();
    return std::move(lines_);
  }

 private:
  void say(const char* subject, Fit fit, std::string text, Values values) {
    lines_.push_back({subject, fit, {std::move(text), std::move(values)}});
  }

  void driver() {
    const auto own = tables_.cuda->cuda_of_driver(*asked_.driver, asked_.driver_kind);
    if (!own)
      return say("driver", Fit::kFails,
                 N_("Driver {driver} is older than every CUDA release that is known here."),
                 {{"driver", asked_.driver->text}});
    say("driver", Fit::kProposal,
        N_("Driver {driver} knows CUDA up to {cuda}: programs of every release up to it run, and others of "
           "{major}.x by minor-version compatibility."),
        {{"driver", asked_.driver->text}, {"cuda", own->text}, {"major", std::to_string(own->branch())}});
    if (!asked_.toolkit) {
      std::optional<Version> best;
      for (const Version& one : tables_.cuda->toolkits())
        if (one <= *own) best = one;
      if (best)
        say("driver-toolkit", Fit::kProposal,
            N_("The newest toolkit of which everything works on it: {toolkit}."), {{"toolkit", best->text}});
      if (best) cudnn_for(*best);
    }
  }

  void cudnn_for(const Version& cuda) {
    if (asked_.cudnn) return;
    if (const auto row = newest_cudnn(cudnn_, cuda, asked_.gpus))
      say("toolkit-cudnn", Fit::kProposal, N_("The newest cuDNN for CUDA {cuda} and these GPUs: {cudnn}."),
          {{"cuda", cuda.text}, {"cudnn", row->version.text()}});
  }

  void toolkit() {
    const Version& cuda = *asked_.toolkit;
    const auto floor = tables_.cuda->floor_driver(cuda, asked_.driver_kind),
               native = tables_.cuda->native_driver(cuda, asked_.driver_kind);
    const Values values = {{"toolkit", cuda.text},
                           {"floor", floor ? floor->text : "?"},
                           {"native", native ? native->text : "?"},
                           {"driver", asked_.driver ? asked_.driver->text : "?"}};
    if (!asked_.driver) {
      say("toolkit-driver", Fit::kProposal,
          N_("CUDA {toolkit} came with driver {native}; its programs run from {floor} on."), values);
    } else if (floor && *asked_.driver < *floor) {
      say("driver-toolkit", Fit::kFails,
          N_("CUDA {toolkit} does not run on driver {driver}: it needs {floor}, and {native} for "
             "everything."),
          values);
    } else if (native && *asked_.driver < *native) {
      say("driver-toolkit", Fit::kLimited,
          N_("CUDA {toolkit} runs on driver {driver} by minor-version compatibility (from {floor} on): no "
             "PTX of it, no functions that came after. {native} brings all."),
          values);
    } else {
      say("driver-toolkit", Fit::kFits, N_("CUDA {toolkit} works wholly on driver {driver}."), values);
    }
    cudnn_for(cuda);
  }

  void one_gpu(const WantedGpu& gpu) {
    const ComputeRow* row = tables_.codes->find(gpu.capability);
    if (!row) return;
    const Values values = {{"gpu", gpu.name},
                           {"sm", gpu.capability.sm()},
                           {"first", row->first_cuda.text},
                           {"last", row->last_cuda ? row->last_cuda->text : "?"},
                           {"toolkit", asked_.toolkit ? asked_.toolkit->text : "?"},
                           {"driver", asked_.driver ? asked_.driver->text : "?"},
                           {"first_branch", gpu.first_branch ? std::to_string(*gpu.first_branch) : "?"},
                           {"last_branch", gpu.last_branch ? std::to_string(*gpu.last_branch) : "?"}};
    if (asked_.toolkit && *asked_.toolkit < row->first_cuda) {
      say("gpu-toolkit", Fit::kFails,
          N_("nvcc of CUDA {toolkit} does not compile for {gpu} ({sm}): {first} was the first that does."),
          values);
    } else if (asked_.toolkit && row->last_cuda && *asked_.toolkit > *row->last_cuda) {
      say("gpu-toolkit", Fit::kFails,
          N_("nvcc of CUDA {toolkit} does not compile for {gpu} ({sm}): {last} was the last that does."),
          values);
    } else if (asked_.toolkit) {
      say("gpu-toolkit", Fit::kFits, N_("nvcc of CUDA {toolkit} compiles for {gpu} ({sm})."), values);
    } else if (row->last_cuda) {
      say("gpu-toolkit", Fit::kProposal, N_("nvcc compiles for {gpu} ({sm}) from CUDA {first} to {last}."),
          values);
    } else {
      say("gpu-toolkit", Fit::kProposal, N_("nvcc compiles for {gpu} ({sm}) from CUDA {first} on."), values);
    }
    if (!asked_.driver) {
      if (gpu.first_branch)
        say("gpu-driver", Fit::kProposal,
            gpu.last_branch ? N_("{gpu} is driven by branches {first_branch} to {last_branch}.")
                            : N_("{gpu} is driven by branch {first_branch} and later ones."),
            values);
      return;
    }
    const int branch = static_cast<int>(asked_.driver->branch());
    if (gpu.first_branch && branch < *gpu.first_branch) {
      say("gpu-driver", Fit::kFails,
          N_("Driver {driver} does not drive {gpu}: that takes branch {first_branch} or later."), values);
    } else if (gpu.last_branch && branch > *gpu.last_branch) {
      say("gpu-driver", Fit::kFails,
          N_("Driver {driver} does not drive {gpu}: branch {last_branch} was the last with it."), values);
    } else {
      say("gpu-driver", Fit::kFits, N_("Driver {driver} drives {gpu}."), values);
    }
  }

  void one_cudnn() {
    std::vector<const CudnnRow*> rows;
    for (const CudnnRow& row : cudnn_)
      if (row.version == *asked_.cudnn || row.version.text().starts_with(asked_.cudnn->text() + "."))
        rows.push_back(&row);
    const std::string shown = asked_.cudnn->text();
    if (rows.empty()) return say("cudnn", Fit::kFails, N_("No cuDNN {cudnn} is known."), {{"cudnn", shown}});
    std::vector<std::string> built;
    for (const CudnnRow* row : rows)
      if (std::find(built.begin(), built.end(), row->cuda.text) == built.end())
        built.push_back(row->cuda.text);
    if (!asked_.toolkit) {
      say("cudnn-toolkit", Fit::kProposal, N_("cuDNN {cudnn} is built for CUDA {built}."),
          {{"cudnn", shown}, {"built", join(built, ", ")}});
    } else {
      const bool fits = std::any_of(rows.begin(), rows.end(), [&](const CudnnRow* row) {
        return row->cuda.branch() == asked_.toolkit->branch();
      });
      say("cudnn-toolkit", fits ? Fit::kFits : Fit::kFails,
          fits ? N_("cuDNN {cudnn} has a build for CUDA {toolkit}.")
               : N_("cuDNN {cudnn} has no build for CUDA {toolkit}: it is built for {built}."),
          {{"cudnn", shown}, {"toolkit", asked_.toolkit->text}, {"built", join(built, ", ")}});
    }
    for (const WantedGpu& gpu : asked_.gpus) {
      if (!rows[0]->oldest_gpu) continue;
      const bool fits = gpu.capability >= *rows[0]->oldest_gpu;
      say("cudnn-gpu", fits ? Fit::kFits : Fit::kFails,
          fits ? N_("cuDNN {cudnn} serves {gpu}.")
               : N_("cuDNN {cudnn} does not serve {gpu}: it begins at {oldest}; 9.10.2 was the last with "
                    "older GPUs."),
          {{"cudnn", shown}, {"gpu", gpu.name}, {"oldest", rows[0]->oldest_gpu->text()}});
    }
    if (asked_.driver) cudnn_driver(*rows[0]);
  }

  void cudnn_driver(const CudnnRow& row) {
    const Version cuda = *parse_version(std::to_string(row.cuda.branch()) + ".0");
    const auto floor =
        tables_.cuda->floor_driver(asked_.toolkit ? *asked_.toolkit : cuda, asked_.driver_kind);
    const bool fits = !floor || *asked_.driver >= *floor;
    say("cudnn-driver", fits ? Fit::kFits : Fit::kFails,
        fits ? N_("cuDNN {cudnn} runs on driver {driver}.")
             : N_("cuDNN {cudnn} needs driver {floor} or newer."),
        {{"cudnn", asked_.cudnn->text()},
         {"driver", asked_.driver->text},
         {"floor", floor ? floor->text : "?"}});
  }

  void compilers() {
    if (asked_.toolkit) {
      const CompilerRow* row = compilers_of(compilers_, *asked_.toolkit);
      if (!row) return;
      compare("toolkit-gcc", "gcc", asked_.gcc, row->gcc_max, row->gcc_min.value_or(0));
      if (row->clang_max) compare("toolkit-clang", "clang", asked_.clang, *row->clang_max, 0);
      return;
    }
    if (asked_.gcc) toolkits_with("gcc", *asked_.gcc);
    if (asked_.clang) toolkits_with("clang", *asked_.clang);
  }

  void compare(const char* subject, const char* compiler, const std::optional<unsigned>& have,
               unsigned newest, unsigned oldest) {
    const Values values = {{"toolkit", asked_.toolkit->text},
                           {"compiler", compiler},
                           {"newest", std::to_string(newest)},
                           {"oldest", std::to_string(oldest)},
                           {"have", have ? std::to_string(*have) : "?"}};
    if (!have)
      return say(subject, Fit::kProposal, N_("nvcc of CUDA {toolkit} takes {compiler} up to {newest}."),
                 values);
    const bool fits = *have <= newest && *have >= oldest;
    say(subject, fits ? Fit::kFits : Fit::kFails,
        fits ? N_("nvcc of CUDA {toolkit} takes {compiler} {have}.")
             : N_("nvcc of CUDA {toolkit} refuses {compiler} {have}: it takes {oldest} to {newest}."),
        values);
  }

  void toolkits_with(const char* compiler, unsigned have) {
    std::optional<Version> first, last;
    for (const CompilerRow& row : compilers_) {
      const unsigned newest = std::string_view(compiler) == "gcc" ? row.gcc_max : row.clang_max.value_or(0);
      if (have > newest) continue;
      if (!first || row.from < *first) first = row.from;
      if (!last || row.to > *last) last = row.to;
    }
    const Values values = {{"compiler", compiler},
                           {"have", std::to_string(have)},
                           {"first", first ? first->text : "?"},
                           {"last", last ? last->text : "?"}};
    say("compiler-toolkit", first ? Fit::kProposal : Fit::kFails,
        first ? N_("{compiler} {have} is taken by nvcc of CUDA {first} to {last}.")
              : N_("{compiler} {have} is newer than every nvcc takes."),
        values);
  }

  const MatchAsked& asked_;
  const Tables& tables_;
  std::vector<CudnnRow> cudnn_;
  std::vector<CompilerRow> compilers_;
  std::vector<MatchLine> lines_;
};

}  // namespace

std::string_view fit_name(Fit fit) {
  switch (fit) {
    case Fit::kFits: return "fits";
    case Fit::kLimited: return "limited";
    case Fit::kFails: return "fails";
    case Fit::kProposal: return "proposal";
  }
  return "";
}

Result<std::vector<MatchLine>> match_cuda(const MatchAsked& asked, const Tables& tables) {
  auto cudnn = TRY(load_cudnn(*tables.catalog));
  auto compilers = TRY(load_compilers(*tables.catalog));
  return Matcher(asked, tables, std::move(cudnn), std::move(compilers)).run();
}

Json match_json(const std::vector<MatchLine>& lines, const std::string& data_date) {
  Json list = Json::array();
  bool fits = true;
  for (const MatchLine& line : lines) {
    fits = fits && line.fit != Fit::kFails;
    list.add(Json::object()
                 .set("subject", line.subject)
                 .set("fit", std::string(fit_name(line.fit)))
                 .set("text", render(line.text)));
  }
  return Json::object().set("fits", fits).set("lines", std::move(list)).set("data_date", data_date);
}

std::string render_match(const std::vector<MatchLine>& lines, std::size_t columns) {
  std::string out;
  for (const MatchLine& line : lines) {
    const char* mark = line.fit == Fit::kFits      ? "ok  "
                       : line.fit == Fit::kFails   ? "NO  "
                       : line.fit == Fit::kLimited ? "~   "
                                                   : "    ";
    out += mark + replace_all(wrap(render(line.text), columns > 24 ? columns - 4 : 20, 0), "\n", "\n    ") +
           "\n";
  }
  return out;
}

}  // namespace nvstack::framework
