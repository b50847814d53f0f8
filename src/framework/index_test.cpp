// Goal: pages of every known shape become the same list of wheels; what is hostile or broken is left out and
// said.
#include "framework/index.hpp"

#include "base/text.hpp"
#include "framework/test_asking.hpp"
#include "framework/url.hpp"
#include "framework/variant.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

bool has_note(const Index& index, std::string_view id) {
  for (const IndexNote& note : index.notes)
    if (note.id == id) return true;
  return false;
}

const std::string kWheel = "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl";

Index read(const std::string& page,
           const std::string& source = "https://download.pytorch.org/whl/cu124/torch/") {
  const auto index = parse_index(page, source);
  REQUIRE_MESSAGE(index, (index ? "" : index.error().text()));
  return *index;
}

}  // namespace

TEST_CASE("pytorch.org's own page") {
  const Index index = read(page_of("torch", {kWheel, "torch-2.5.1+cu124-cp311-cp311-linux_x86_64.whl"}));
  REQUIRE(index.files.size() == 2);
  CHECK(index.files[0].wheel.file == kWheel);
  CHECK(index.files[0].url ==
        "https://download.pytorch.org/whl/cu124/torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl");
  CHECK(index.files[0].sha256 == std::string(64, 'a'));
  CHECK(index.files[0].variant == "cu124");
  CHECK(index.published == "1741600000");
  CHECK(index.notes.empty());
}

TEST_CASE("F-021: absolute links that lead back to the source are noticed") {
  const std::string page = page_of("torch", {kWheel}, "https://download-r2.pytorch.org/whl/cu124/");
  const Index index = read(page, "https://mirrors.nju.edu.cn/pytorch/whl/cu124/torch/");
  CHECK(has_note(index, "r2-mirror"));
  CHECK(index.files[0].url.starts_with("https://download-r2.pytorch.org/"));
  CHECK_FALSE(has_note(
      read(page_of("torch", {kWheel}), "https://mirrors.nju.edu.cn/pytorch/whl/cu124/torch/"), "r2-mirror"));
}

TEST_CASE("other quotes, entities, a base, upper case, attributes in any order") {
  const Index index = read(
      "<HTML><head><base href='https://other.org/files/'></head><A data-requires-python='&gt;=3.10' "
      "HREF=torch-2.6.0&#43;cu124-cp311-cp311-linux_x86_64.whl>x</A>"
      "<a data-yanked href=\"torch-2.5.0%2Bcu124-cp311-cp311-linux_x86_64.whl\">y</a></html>");
  REQUIRE(index.files.size() == 2);
  CHECK(index.files[0].wheel.file == kWheel);
  CHECK(index.files[0].requires_python == ">=3.10");
  CHECK(index.files[0].url.starts_with("https://other.org/files/torch"));
  CHECK(index.files[1].yanked);
}

TEST_CASE("a flat listing: literal plus, cut names, parent links, other files") {
  const Index index = read(
      "<html><body><h1>Index of /pytorch-wheels/cu124</h1><pre><a href=\"../\">../</a>\n"
      "<a href=\"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl\">torch-2.6.0+cu124-cp311-..&gt;</a>\n"
      "<a href=\"notes.txt\">notes.txt</a><a "
      "href=\"torchvision-0.21.0+cu124-cp311-cp311-linux_x86_64.whl\">t</a></pre>",
      "https://mirrors.aliyun.com/pytorch-wheels/cu124/");
  REQUIRE(index.files.size() == 2);
  CHECK(index.files[0].wheel.file == kWheel);
  CHECK(index.files[1].wheel.project == "torchvision");
  CHECK(index.folders.empty());
}

TEST_CASE("an old page of all variants: the path says which") {
  const Index index = read(
      "<a href=\"cu118/torch-2.0.0%2Bcu118-cp311-cp311-linux_x86_64.whl\">cu118/torch</a><br>"
      "<a href=\"cu124/torch-2.5.1-cp310-cp310-linux_aarch64.whl\">cu124/torch</a>",
      "https://mirror.sjtu.edu.cn/pytorch-wheels/torch_stable.html");
  CHECK(index.files[0].variant == "cu118");
  CHECK(index.files[1].variant == "cu124");
}

TEST_CASE("PEP 691 JSON") {
  const Index index = read(R"({"meta":{"api-version":"1.1"},"name":"torch","files":[
    {"filename":"torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl","url":"../../files/torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl",
     "hashes":{"sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},"requires-python":">=3.9","yanked":false},
    {"filename":"torch-2.5.0-cp311-cp311-linux_x86_64.whl","url":"https://h/torch-2.5.0-cp311-cp311-linux_x86_64.whl","hashes":{},"yanked":"broken"}]})");
  REQUIRE(index.files.size() == 2);
  CHECK(index.files[0].sha256 == std::string(64, 'a'));
  CHECK(index.files[0].url ==
        "https://download.pytorch.org/whl/files/torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl");
  CHECK(index.files[1].yanked);
  CHECK(!parse_index(R"({"meta":{"api-version":"2.0"},"files":[]})", "x"));
  CHECK(!parse_index(R"({"files":[]})", "x"));
  CHECK(!parse_index(R"({"meta":{"api-version":"1.0"},"fi)", "x"));
}

TEST_CASE("hostile links are left out and named") {
  for (const char* link : {"file:///etc/torch-2.6.0-py3-none-any.whl", "ftp://h/torch-2.6.0-py3-none-any.whl",
                           "javascript:torch-2.6.0-py3-none-any.whl", "%2e%2e%2ftorch-2.6.0-py3-none-any.whl",
                           "a%5Ctorch-2.6.0-py3-none-any.whl", "gopher://x/torch-2.6.0-py3-none-any.whl"}) {
    const Index index = read("<a href=\"" + std::string(link) + "\">x</a><a href=\"" + kWheel + "\">y</a>");
    CHECK_MESSAGE(index.files.size() == 1, link);
    CHECK_MESSAGE(has_note(index, "hostile-link"), link);
  }
  const Index climbing = read("<a href=\"../../../../../../etc/" + kWheel + "\">x</a>");
  CHECK(climbing.files[0].url == "https://download.pytorch.org/etc/" + kWheel);
}

TEST_CASE("broken pages: cut off, twins, bad names, bad hashes") {
  CHECK(has_note(read("<a href=\"" + kWheel + "\">x</a><a href=\"torch-2.5"), "cut-off"));
  const Index twins = read("<a href=\"" + kWheel + "#sha256=" + std::string(64, '1') + "\">x</a><a href=\"" +
                           kWheel + "#sha256=" + std::string(64, '2') + "\">y</a>");
  CHECK(twins.files.size() == 1);
  CHECK(twins.files[0].sha256 == std::string(64, '1'));
  CHECK(has_note(twins, "two-hashes"));
  CHECK(has_note(read("<a href=\"torch-x.whl\">x</a><a href=\"" + kWheel + "\">y</a>"), "wheel-name"));
  const Index hash = read("<a href=\"" + kWheel + "#sha256=123\">x</a>");
  CHECK(hash.files[0].sha256.empty());
  CHECK(has_note(hash, "bad-hash"));
}

TEST_CASE("what is no index page") {
  CHECK(!parse_index("", "x"));
  CHECK(!parse_index("PK\x03\x04", "x.whl"));
  CHECK(contains(parse_index("<html>404 not found</html>", "https://h/cu131/").error().message,
                 "https://h/cu131/"));
  std::string many = "<html>";
  for (int i = 0; i < 200'001; ++i) many += "<a href=x>";
  CHECK(parse_index(many, "x").error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a list of projects, a comment, a script") {
  const Index list = read("<a href=\"torch/\">torch</a><br/><a href=\"torchvision/\">torchvision</a>",
                          "https://h/whl/cu126/");
  CHECK(list.folders == std::vector<std::string>{"torch", "torchvision"});
  CHECK(
      read("<!-- <a href=\"torch-1.0-py3-none-any.whl\"> --><script>var a='<a href=x>';</script><a href=\"" +
           kWheel + "\">y</a>")
          .files.size() == 1);
}

TEST_CASE("a directory of wheels") {
  const Index index = index_of_names({kWheel, "README", "torch-bad.whl"}, "/srv/cu124");
  REQUIRE(index.files.size() == 1);
  CHECK(index.files[0].url == "/srv/cu124/" + kWheel);
  CHECK(has_note(index, "wheel-name"));
}

TEST_CASE("addresses") {
  CHECK(resolve_url("https://h/a/b/", "//o/x") == "https://o/x");
  CHECK(resolve_url("https://h", "x") == "https://h/x");
  CHECK(resolve_url("https://h/a/b?q", "./c/../d") == "https://h/a/d");
  CHECK(resolve_url("page.html", "x.whl") == "x.whl");
  CHECK(url_host("https://User@Host.org:8443/x") == "host.org");
  CHECK(url_scheme("C:/x").empty() == false);
  CHECK(percent_decoded("a%2Bb%zz%2") == "a+b%zz%2");
}

TEST_CASE("F-016: cuXXX are CUDA's digits, and back") {
  CHECK(variant_of_cuda(*parse_version("11.8")) == "cu118");
  CHECK(variant_of_cuda(*parse_version("12.6.3")) == "cu126");
  CHECK(cuda_of_variant("cu92")->text == "9.2");
  CHECK(!cuda_of_variant("cpu"));
  CHECK(parse_cuda_word("cu126").value().text == "12.6");
  CHECK(parse_cuda_word("CUDA-12.4").value().text == "12.4");
  CHECK(parse_cuda_word("126").value().text == "12.6");
  for (const char* text : {"", "cu", "x", "12", "1.2", "cu1234", "999.9"})
    CHECK_MESSAGE(!parse_cuda_word(text), text);
  CHECK(variant_of_version(*parse_python_version("2.0.1+cu117.with.pypi.cudnn")) == "cu117");
  CHECK(variant_of_version(*parse_python_version("2.6.0+rocm6.2.4")) == "rocm6.2.4");
  CHECK(variant_of_path("https://h/whl/nightly/cu126/torch/") == "cu126");
}

TEST_CASE("wheels of other Pythons can be passed over") {
  const std::string page =
      page_of("torch", {kWheel, "torch-2.6.0+cu124-cp312-cp312-linux_x86_64.whl",
                        "triton-3.2.0-py3-none-any.whl", "x-1.0-cp38-abi3-linux_x86_64.whl"});
  const Index index = parse_index(page, "https://h/whl/cu124/torch/", "cp311").value();
  CHECK(index.files.size() == 3);
  CHECK(index.links == 4);
  CHECK(index.interpreter == "cp311");
  CHECK(parse_index(page_of("torch", {kWheel}), "https://h/", "cp39").value().files.empty());
}
