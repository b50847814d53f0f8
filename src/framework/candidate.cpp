#include "framework/candidate.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/code_table.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

std::string tags_text(const WheelName& wheel) {
  return join(wheel.interpreters, ".") + "-" + join(wheel.abis, ".") + "-" + join(wheel.platforms, ".");
}

bool same_python(const WheelName& wheel, const PythonTarget& python) {
  for (const std::string& interpreter : wheel.interpreters)
    for (const std::string& abi : wheel.abis) {
      if (interpreter == python.interpreter() && (abi == python.abi() || abi == "none")) return true;
      if (abi == "abi3" && !python.free_threaded) return true;
      if (interpreter == "py3") return true;
    }
  return false;
}

/// Wheels of torch 2.4 to 2.6 for aarch64 do not name their variant.
bool names_variant(const std::string& arch, const PythonVersion& torch) {
  return arch != "aarch64" || torch.part(0) != 2 || torch.part(1) < 4 || torch.part(1) > 6;
}

Candidate predicted(const Release& release, const std::optional<Version>& cuda, const Request& request) {
  Candidate out;
  out.torch = release.torch, out.release = &release, out.cuda = cuda;
  out.variant = cuda ? variant_of_cuda(*cuda) : "cpu";
  const std::string local = names_variant(request.arch, release.torch) ? "+" + out.variant : "";
  out.needs = request.python.interpreter() + "-" + request.python.abi() + "-" +
              release.platform_tag(cuda, request.arch);
  out.wheel = "torch-" + release.torch.text() + local + "-" + out.needs + ".whl";
  out.python_fits =
      std::find(release.python.begin(), release.python.end(), request.python) != release.python.end();
  const auto platforms = platform_tags(request.libc, request.arch);
  const auto at = std::find(platforms.begin(), platforms.end(), release.platform_tag(cuda, request.arch));
  out.platform_fits = at != platforms.end();
  // A C library other than glibc cannot load the wheels that name no platform of their own either.
  if (request.libc.kind == LibcTarget::Kind::kMusl) out.platform_fits = false;
  out.tag_rank = static_cast<std::size_t>(at - platforms.begin());
  return out;
}

}  // namespace

std::vector<Candidate> candidates_of_table(const ReleaseTable& table, const Request& request) {
  std::vector<Candidate> out;
  for (const Release& release : table.all()) {
    if (request.backend == Backend::kCpu) {
      out.push_back(predicted(release, std::nullopt, request));
      continue;
    }
    for (const Version& cuda : release.cuda) out.push_back(predicted(release, cuda, request));
    for (const Version& cuda : release.cuda_beside) {
      out.push_back(predicted(release, cuda, request));
      out.back().beside = true;
    }
  }
  return out;
}

std::vector<Candidate> candidates_of_indexes(const std::vector<Index>& indexes, const ReleaseTable& table,
                                             const Request& request) {
  const WheelTags tags(request.python, request.libc, request.arch);
  std::vector<Candidate> out;
  for (const Index& index : indexes)
    for (const IndexFile& file : index.files) {
      if (file.wheel.project != "torch" || file.yanked) continue;
      Candidate one;
      one.torch = file.wheel.version.without_local(), one.variant = file.variant;
      if (one.variant.empty()) one.variant = variant_of_path(index.source);
      one.cuda = cuda_of_variant(one.variant);
      one.wheel = file.wheel.file, one.url = file.url, one.sha256 = file.sha256;
      one.release = table.find(one.torch);
      one.needs = tags_text(file.wheel), one.from_index = true;
      const auto rank = tags.rank(file.wheel);
      one.tag_rank = rank.value_or(0), one.platform_fits = rank.has_value();
      if (request.libc.kind == LibcTarget::Kind::kMusl && contains(one.needs, "linux_") &&
          !contains(one.needs, "musllinux"))
        one.platform_fits = false;
      one.python_fits = same_python(file.wheel, request.python);
      const auto python = parse_python_version(std::to_string(request.python.major) + "." +
                                               std::to_string(request.python.minor) + ".99");
      const auto requires_python = parse_specifiers(file.requires_python);
      if (requires_python && python && !requires_python->contains(*python)) one.python_fits = false;
      out.push_back(std::move(one));
    }
  return out;
}

}  // namespace nvstack::framework
