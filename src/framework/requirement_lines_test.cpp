// Goal: lines as they stand in the wild become the same requirement; what is no package's line is passed over
// without losing the rest of the file.
#include <doctest.h>

#include "base/text.hpp"
#include "framework/requirement.hpp"

using namespace nvstack;
using namespace nvstack::framework;

namespace {

Requirement one(std::string_view text) {
  const auto parsed = parse_requirement(text);
  REQUIRE_MESSAGE(parsed, text);
  return *parsed;
}
Requirements file(std::string_view text) {
  const auto parsed = parse_requirements(text);
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().text()));
  return *parsed;
}
/// "torch==2.8.0 torchvision": names and versions in the file's order.
std::string listed(std::string_view text) {
  std::string out;
  for (const Requirement& requirement : file(text).all)
    out += (out.empty() ? "" : " ") + requirement.name + requirement.versions.text();
  return out;
}

}  // namespace

TEST_CASE("name, extras, versions and marker in every dress") {
  struct Row {
    const char *text, *name, *versions, *marker;
  };
  const Row rows[] = {
      {"torch", "torch", "", ""},
      {"  torch\t", "torch", "", ""},
      {"Torch==2.8.0", "torch", "==2.8.0", ""},
      {"torch == 2.8.0", "torch", "==2.8.0", ""},
      {"torch ==2.8.0,!=2.8.1", "torch", "==2.8.0,!=2.8.1", ""},
      {"torch>=2.6 , <2.9", "torch", ">=2.6,<2.9", ""},
      {"torch(>=2.6)", "torch", ">=2.6", ""},
      {"torch (==2.8.*)", "torch", "==2.8.*", ""},
      {"torch~=2.8", "torch", "~=2.8", ""},
      {"torch[opt]", "torch", "", ""},
      {"torch[opt-einsum,optree]>=2.3", "torch", ">=2.3", ""},
      {"torch [ opt ] >= 2.3", "torch", ">=2.3", ""},
      {"torch;python_version<'3.12'", "torch", "", "python_version<'3.12'"},
      {"torch==2.8.0; sys_platform == \"linux\"", "torch", "==2.8.0", "sys_platform == \"linux\""},
      {"nvidia_cublas.cu12==12.8.4.1", "nvidia-cublas-cu12", "==12.8.4.1", ""},
      {"NVIDIA-cuDNN-cu12>=9.15", "nvidia-cudnn-cu12", ">=9.15", ""},
      {"torch==2.8.0 --hash=sha256:aa --hash=sha256:bb", "torch", "==2.8.0", ""},
  };
  for (const Row& row : rows) {
    const Requirement requirement = one(row.text);
    CHECK_MESSAGE(requirement.name == row.name, row.text);
    CHECK_MESSAGE(requirement.versions.text() == row.versions, row.text);
    CHECK_MESSAGE(requirement.marker == row.marker, row.text);
    CHECK_MESSAGE(requirement.url.empty(), row.text);
  }
}

TEST_CASE("addresses behind @ end at a blank and keep their fragment") {
  const std::pair<const char*, const char*> rows[] = {
      {"torch@https://h/torch-2.8.0.whl", "https://h/torch-2.8.0.whl"},
      {"torch @ https://h/torch-2.8.0%2Bcu126.whl#sha256=aa", "https://h/torch-2.8.0%2Bcu126.whl#sha256=aa"},
      {"torch[x] @ file:///srv/torch.whl", "file:///srv/torch.whl"},
      {"torch @ git+https://github.com/pytorch/pytorch@v2.8.0",
       "git+https://github.com/pytorch/pytorch@v2.8.0"},
      {"torch @ https://h/t.whl ; python_version > '3.9'", "https://h/t.whl"},
  };
  for (const auto& [text, url] : rows) {
    CHECK_MESSAGE(one(text).url == url, text);
    CHECK_MESSAGE(one(text).name == "torch", text);
    CHECK_MESSAGE(!one(text).exact(), text);
  }
  CHECK(one("torch @ https://h/t.whl ; python_version > '3.9'").marker == "python_version > '3.9'");
}

TEST_CASE("exact is one == or === without a star") {
  CHECK(one("torch==2.8.0").exact()->text() == "2.8.0");
  CHECK(one("torch===2.8.0+cu126").exact()->local_text() == "cu126");
  CHECK(one("torch==2.8").exact()->text() == "2.8");
  for (const char* text :
       {"torch", "torch>=2.8.0", "torch~=2.8.0", "torch==2.8.*", "torch==2.8.0,!=2.8.1", "torch===x"})
    CHECK_MESSAGE(!one(text).exact(), text);
}

TEST_CASE("lines that name files, repositories and options are passed over") {
  CHECK(listed("torch==2.8.0\n"
               "git+https://github.com/pytorch/vision.git@v0.23.0\n"
               "git+ssh://git@github.com/pytorch/audio.git\n"
               "hg+http://h/x\n"
               "https://h/x-1.0.whl\n"
               "file:///srv/x-1.0.whl\n"
               "./wheels/x-1.0.whl\n"
               "../x\n"
               "/srv/wheels/x-1.0.whl\n"
               "-e git+https://h/x.git#egg=x\n"
               "-r other.txt\n"
               "-c constraints.txt\n"
               "--no-binary :all:\n"
               "--pre\n"
               "torchvision\n") == "torch==2.8.0 torchvision");
  CHECK(listed("torch @ https://h/torch.whl\ntorchvision@https://h/v.whl\n") == "torch torchvision");
}

TEST_CASE("comments, blank lines, other line ends, a mark of the encoding, no end of line") {
  CHECK(listed("# torch==1\n\n   # torch==2\ntorch==2.8.0 # why\n") == "torch==2.8.0");
  CHECK(listed("torch==2.8.0\t# a tab before it\n") == "torch==2.8.0");
  CHECK(listed("torch==2.8.0\r\ntorchvision==0.23.0\r\n") == "torch==2.8.0 torchvision==0.23.0");
  CHECK(listed("\xef\xbb\xbftorch==2.8.0\n") == "torch==2.8.0");
  CHECK(listed("torch==2.8.0") == "torch==2.8.0");
  CHECK(listed("") == "");
  CHECK(file("torch @ https://h/t.whl#sha256=aa # why\n").all[0].url == "https://h/t.whl#sha256=aa");
}

TEST_CASE("a backslash joins lines, and the number is that of the last one") {
  const Requirements joined =
      file("# head\ntorch==2.8.0 \\\n  ; python_version \\\n  > '3.9'\ntorchvision\n");
  REQUIRE(joined.all.size() == 2);
  CHECK(joined.all[0].line == 4);
  CHECK(contains(joined.all[0].marker, "> '3.9'"));
  CHECK(joined.all[1].line == 5);
  std::string endless = "torch==2.8.0 \\\n";
  for (int i = 0; i < 3000; ++i) endless += "  --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \\\n";
  const auto refused = parse_requirements(endless);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kTooLarge);
}

TEST_CASE("indexes by every spelling of the option") {
  const Requirements read = file(
      "--index-url https://a/cu126\n--index-url=https://b/cu126\n-i https://c\n--pypi-url https://d\n"
      "--extra-index-url https://e\n--extra-index-url=https://f  # second\n--find-links "
      "https://g/torch_stable.html\n"
      "-f /srv/wheels\n--trusted-host a\n--index-urls https://no\n");
  CHECK(join(read.index_urls, " ") == "https://a/cu126 https://b/cu126 https://c https://d");
  CHECK(join(read.extra_index_urls, " ") == "https://e https://f");
  CHECK(join(read.find_links, " ") == "https://g/torch_stable.html /srv/wheels");
  CHECK(read.all.empty());
}

TEST_CASE("what is no requirement is refused by its line and its text") {
  const std::pair<const char*, const char*> rows[] = {
      {"torch\ntorch 2.8\n", "line 2"}, {"torch=>2.8\n", "line 1"},  {"\n\n\n==2.8\n", "line 4"},
      {"torch[cuda\n", "extras"},       {"torch @\n", "no address"}, {"torch==2.8.0 junk\n", "2.8.0 junk"}};
  for (const auto& [text, words] : rows) {
    const auto refused = parse_requirements(text);
    REQUIRE_MESSAGE(!refused, text);
    CHECK_MESSAGE(contains(refused.error().text(), words), refused.error().text());
    CHECK_MESSAGE(refused.error().code == ErrorCode::kMalformed, text);
  }
  std::string many;
  for (int i = 0; i < 20'001; ++i) many += "x\n";
  CHECK(parse_requirements(many).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("locks: only packages count, not their dependencies, sources or metadata") {
  const std::string lock =
      "version = 1\nrequires-python = \">=3.10\"\n\n"
      "[[package]]\nname = \"Torch\"\nversion = \"2.8.0+cu126\"\n"
      "source = { registry = \"https://download.pytorch.org/whl/cu126\" }\n"
      "dependencies = [\n    { name = \"filelock\" },\n    { name = \"sympy\", version = \"1.14.0\" },\n]\n"
      "[package.metadata]\nversion = \"9\"\nname = \"wrong\"\n\n"
      "[[package]]\nversion = \"0.23.0+cu126\"\nname = \"torchvision\"\n\n"
      "[[package]]\nname = \"torchaudio\"\nversion = \"2.8.0+cu126\"\n\n"
      "[metadata]\nname = \"torchtext\"\nversion = \"0.18.0\"\n";
  CHECK(file(lock).is_lock);
  CHECK(listed(lock) == "torch==2.8.0+cu126 torchvision==0.23.0+cu126 torchaudio==2.8.0+cu126");
  CHECK(file(lock).all[0].written == "Torch");
  CHECK(file(lock).index_urls.empty());
  CHECK(listed("[[packages]]\nname = \"torch\"\nversion = \"2.8.0\"\n[[packages]]\nname = \"x\"\n") ==
        "torch==2.8.0");
  CHECK(listed("[[package]]\nname = \"torch\nversion = 2.8.0\n") == "");
}
