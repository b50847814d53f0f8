// Goal: an index becomes a new table that the resolver answers from; what the table knew stays.
#include "framework/snapshot.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

Index index_of(const std::vector<std::string>& files, const std::string& variant) {
  return parse_index(page_of("torch", files, "/whl/" + variant + "/"), "https://h/whl/" + variant + "/torch/")
      .value();
}

}  // namespace

TEST_CASE("new releases, new variants, new Pythons") {
  const auto made = refreshed_releases(*tables().releases,
                                       {index_of({"torch-2.15.0+cu134-cp312-cp312-manylinux_2_28_x86_64.whl",
                                                  "torch-2.15.0+cu134-cp315-cp315t-manylinux_2_28_x86_64.whl",
                                                  "torch-2.13.0+cu134-cp312-cp312-manylinux_2_28_x86_64.whl",
                                                  "torch-2.15.0+cpu-cp312-cp312-win_amd64.whl"},
                                                 "cu134")},
                                       "2026-11-20");
  REQUIRE(made);
  CHECK(made->new_releases == 1);
  CHECK(made->new_variants == 1);
  const catalog::Catalog catalog({{"torch_releases.tsv", made->text}});
  const Tables fresh = load_tables(catalog).value();
  CHECK(fresh.releases->date() == "2026-11-20");
  CHECK(fresh.releases->all().size() == tables().releases->all().size() + 1);
  const Release* release = fresh.releases->find(*parse_python_version("2.15.0"));
  REQUIRE(release);
  CHECK(release->torchvision == "0.30.0");
  CHECK(release->python.size() == 2);
  CHECK(release->python[1].text() == "3.15t");
  Request request = asking("615.78.08", {"RTX 4090"}, "3.12");
  CHECK(resolve(request, {}, fresh)->build->torch.wheel ==
        "torch-2.15.0+cu134-cp312-cp312-manylinux_2_28_x86_64.whl");
}

TEST_CASE("the same table again is the same, but for its head") {
  const auto made = refreshed_releases(
      *tables().releases, {index_of({"torch-2.13.0+cu130-cp312-cp312-manylinux_2_28_x86_64.whl"}, "cu130")},
      "2026-11-20");
  CHECK(made->new_releases == 0);
  CHECK(made->new_variants == 0);
  const catalog::Catalog catalog({{"torch_releases.tsv", made->text}});
  const Tables fresh = load_tables(catalog).value();
  for (std::size_t i = 0; i < fresh.releases->all().size(); ++i) {
    const Release &one = fresh.releases->all()[i], &two = tables().releases->all()[i];
    CHECK(one.torch == two.torch);
    CHECK(one.cuda == two.cuda);
    CHECK(one.python == two.python);
    CHECK(one.cudnn.size() == two.cudnn.size());
  }
}

TEST_CASE("an index without CUDA wheels for Linux gives no table") {
  CHECK(!refreshed_releases(*tables().releases, {}, "2026-11-20"));
  CHECK(!refreshed_releases(*tables().releases,
                            {index_of({"torch-2.13.0+cu130-cp312-cp312-win_amd64.whl"}, "cu130")},
                            "2026-11-20"));
}
