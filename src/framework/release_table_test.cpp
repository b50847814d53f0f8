// Goal: which torchvision, torchaudio and torchtext belong to a torch, and what a release's wheels are
// called.
#include "framework/release_table.hpp"

#include <algorithm>

#include "framework/cuda_match.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::tables;

namespace {

Family family(const char* torch) {
  return tables().releases->family_of(*parse_python_version(torch));
}
const Release& release(const char* torch) {
  const Release* found = tables().releases->find(*parse_python_version(torch));
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("F-024: torchaudio has torch's number, but for the exceptions") {
  CHECK(family("2.8.0").torchaudio == "2.8.0");
  CHECK(family("2.0.0").torchaudio == "2.0.1");
  CHECK(family("2.0.1").torchaudio == "2.0.2");
  CHECK(family("1.13.1").torchaudio == "0.13.1");
  CHECK(family("2.12.0").torchaudio == "2.11.0");
  CHECK(family("2.13.0+cu130").torchvision == "0.28.0");
}

TEST_CASE("F-025: torch 2.1.0 and its family") {
  CHECK(family("2.1.0").torchaudio == "2.1.0");
  CHECK(family("2.1.0").torchvision == "0.16.0");
  CHECK(family("2.1.0").torchtext == "0.16.0");
}

TEST_CASE("F-026: no torchtext from 2.4.0 on") {
  CHECK(family("2.4.0").torchaudio == "2.4.0");
  CHECK(family("2.4.0").torchvision == "0.19.0");
  CHECK(family("2.4.0").torchtext.empty());
  CHECK(family("2.3.1").torchtext == "0.18.0");
}

TEST_CASE("a release beyond the table follows the rule and says so") {
  CHECK(family("2.17.1").torchvision == "0.32.1");
  CHECK(family("2.17.1").torchaudio == "2.11.0");
  CHECK(family("2.17.1").derived);
  CHECK_FALSE(family("2.8.0").derived);
  CHECK(family("2.17.0.dev20270101").torchvision.empty());
  CHECK(family("3.0.0").torchvision.empty());
}

TEST_CASE("F-015: a stable release has three main CUDA variants") {
  CHECK(release("2.9.1").cuda.size() == 3);
  CHECK(release("2.9.1").cuda[2].text == "13.0");
  CHECK(release("2.9.1").cuda_beside.size() == 1);
  CHECK(release("2.11.0").pypi_cuda->text == "13.0");
}

TEST_CASE("every cuDNN that a release pins is a published build for that CUDA") {
  const auto published = load_cudnn(test::built_in()).value();
  for (const Release& one : tables().releases->all())
    for (const auto& [cuda, pinned] : one.cudnn) {
      const bool known = std::any_of(published.begin(), published.end(),
                                     [&, &cuda = cuda, &pinned = pinned](const CudnnRow& row) {
                                       return row.version == pinned && row.cuda.branch() == cuda.branch();
                                     });
      CHECK_MESSAGE(known, one.torch.text() << " pins " << pinned.text() << " for " << cuda.text);
    }
}

TEST_CASE("platforms, cuDNN and the way back from torchvision") {
  CHECK(release("2.6.0").platform_tag(parse_version("12.4"), "x86_64") == "linux_x86_64");
  CHECK(release("2.6.0").platform_tag(parse_version("12.6"), "x86_64") == "manylinux_2_28_x86_64");
  CHECK(release("2.6.0").platform_tag(parse_version("12.6"), "aarch64") == "linux_aarch64");
  CHECK(release("2.13.0").platform_tag(parse_version("13.0"), "aarch64") == "manylinux_2_28_aarch64");
  CHECK(release("2.9.1").cudnn_of(parse_version("13.0"))->text() == "9.13.0.50");
  CHECK(release("2.9.1").cudnn_of(parse_version("12.9"))->text() == "9.10.2.21");
  CHECK(!release("2.9.1").cudnn_of(parse_version("11.8")));
  CHECK(tables().releases->find_by("torchvision", *parse_python_version("0.16.0"))->torch.text() == "2.1.0");
  CHECK(tables().releases->find_by("torchaudio", *parse_python_version("2.11.0"))->torch.text() == "2.13.0");
  CHECK(!tables().releases->find_by("torchtext", *parse_python_version("0.99")));
}

TEST_CASE("a table that is wrong is refused by its line") {
  const std::string head = "# source: x\n# date: 2026-01-01\ntorch\tchannel\tplatform\n";
  for (const char* row : {"x\tstable\tlinux\n", "2.0.0\tstable\t\n"}) {
    const catalog::Catalog broken({{"torch_releases.tsv", head + row}});
    const auto loaded = ReleaseTable::shared(broken);
    REQUIRE(!loaded);
    CHECK(loaded.error().text().find("line 4") != std::string::npos);
  }
}
