// Goal: requirement lines of every shape, whole files and locks become names, versions and indexes.
#include "framework/requirement.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::framework;

TEST_CASE("one requirement") {
  const Requirement plain =
      parse_requirement("Torch_Vision[extra,b] (>=0.15,<0.17) ; python_version < '3.12'").value();
  CHECK(plain.name == "torch-vision");
  CHECK(plain.versions.text() == ">=0.15,<0.17");
  CHECK(plain.marker == "python_version < '3.12'");
  CHECK(!plain.exact());
  const Requirement pinned = parse_requirement("torch==2.6.0+cu124 --hash=sha256:abc").value();
  CHECK(pinned.exact()->text() == "2.6.0+cu124");
  CHECK(parse_requirement("torch===2.6.0").value().exact()->text() == "2.6.0");
  CHECK(!parse_requirement("torch==2.6.*").value().exact());
  const Requirement url = parse_requirement("torch @ https://h/torch-2.6.0.whl#sha256=1 ; x == 'y'").value();
  CHECK(url.url == "https://h/torch-2.6.0.whl#sha256=1");
  CHECK(parse_requirement("torch").value().versions.empty());
  for (const char* text : {"", "==1.0", "torch[x", "torch @ ", "torch 2.6", "torch=2.6", ">=1"})
    CHECK_MESSAGE(!parse_requirement(text), text);
}

TEST_CASE("a requirements file") {
  const Requirements file =
      parse_requirements(
          "# family\n--index-url https://download.pytorch.org/whl/cu126\n-i=https://b/\n--extra-index-url "
          "https://pypi.org/simple\n"
          "-f https://h/torch_stable.html\n-r other.txt\n./local\nhttps://h/x.whl\n\ntorch==2.8.0 \\\n    "
          "--hash=sha256:aa \\\n    --hash=sha256:bb\n"
          "torchvision==0.23.0  # pair\n  numpy>=1\n")
          .value();
  CHECK(file.index_urls == std::vector<std::string>{"https://download.pytorch.org/whl/cu126", "https://b/"});
  CHECK(file.extra_index_urls.size() == 1);
  CHECK(file.find_links.size() == 1);
  REQUIRE(file.all.size() == 3);
  CHECK(file.all[0].exact()->text() == "2.8.0");
  CHECK(file.all[1].line == 13);
  CHECK_FALSE(file.is_lock);
  CHECK(contains(parse_requirements("torch==2\n\ntorch=2\n").error().text(), "line 3"));
}

TEST_CASE("lock files of uv, poetry and pip") {
  const Requirements lock = parse_requirements(
                                "version = 1\n[[package]]\nname = \"torch\"\nversion = "
                                "\"2.8.0+cu126\"\nsource = { registry = \"x\" }\n"
                                "[package.dependencies]\nname = \"no\"\nversion = \"1\"\n[[package]]\nname = "
                                "\"torchvision\"\nversion = \"0.22.0+cu126\"\n")
                                .value();
  CHECK(lock.is_lock);
  REQUIRE(lock.all.size() == 2);
  CHECK(lock.all[0].exact()->text() == "2.8.0+cu126");
  CHECK(lock.all[1].line == 10);
  CHECK(parse_requirements("[[packages]]\nname = \"torch\"\nversion = \"2.8.0\"\n").value().all.size() == 1);
  CHECK(parse_requirements("[[package]]\nname = \"a b\"\nversion = \"x\"\n").value().all.empty());
}
