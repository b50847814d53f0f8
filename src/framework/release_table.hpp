// What is known of torch releases without an index: dates, CUDA variants, Pythons, the releases of
// torchvision, torchaudio and torchtext that belong to each, the platform in the wheels' names, cuDNN.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/version.hpp"
#include "catalog/catalog.hpp"
#include "framework/pep440.hpp"
#include "framework/wheel_tags.hpp"

namespace nvstack::framework {

struct Release {
  PythonVersion torch;
  std::string channel;    // stable, nightly, test
  std::string published;  // YYYY-MM-DD, "" not yet
  std::vector<Version> cuda;
  std::vector<Version> cuda_beside;  // on the index, though not in the release's list
  std::optional<Version> pypi_cuda;  // of a plain "pip install torch"
  std::vector<PythonTarget> python;
  std::string torchvision, torchaudio, torchtext, triton;  // "" none, or not known
  std::string platform;                                    // "linux", "manylinux_2_28"
  std::vector<std::pair<Version, std::string>> platform_of_cuda;
  std::vector<std::pair<Version, PythonVersion>> cudnn;

  /// The platform in a wheel's name: "manylinux_2_28_x86_64".
  std::string platform_tag(const std::optional<Version>& cuda_version, const std::string& arch) const;
  std::optional<PythonVersion> cudnn_of(const std::optional<Version>& cuda_version) const;
};

/// What belongs to one torch. A release that no row knows follows the rule of its predecessors: `derived`.
struct Family {
  std::string torchvision, torchaudio, torchtext;
  bool derived = false;
};

class ReleaseTable {
 public:
  static Result<const ReleaseTable*> shared(const catalog::Catalog& catalog);

  const std::vector<Release>& all() const { return releases_; }  // oldest first
  const std::string& date() const { return date_; }
  /// By the public version: 2.6.0 of 2.6.0+cu124.
  const Release* find(const PythonVersion& torch) const;
  Family family_of(const PythonVersion& torch) const;
  /// The torch that a torchvision, torchaudio or torchtext belongs to, the newest one.
  const Release* find_by(std::string_view project, const PythonVersion& version) const;
  /// Every CUDA that some stable release has or had, oldest first.
  std::vector<Version> variants() const;

 private:
  static Result<ReleaseTable> load(const catalog::Catalog& catalog);
  std::vector<Release> releases_;
  std::string date_;
};

}  // namespace nvstack::framework
