// Goal: pages of mirrors, proxies and attackers: what they link is taken, decoded and bounded as written in
// PEP 503 and 691, and what lies elsewhere than the page says is noticed.
#include "base/text.hpp"
#include "framework/index.hpp"
#include "framework/test_asking.hpp"
#include "framework/url.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using namespace nvstack::framework::test;

namespace {

const std::string kWheel = "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl";
const std::string kPage = "https://download.pytorch.org/whl/cu124/torch/";

Index read(const std::string& page, const std::string& source = kPage) {
  const auto index = parse_index(page, source);
  REQUIRE_MESSAGE(index, (index ? "" : index.error().text()));
  return *index;
}
std::string notes(const Index& index) {
  std::string out;
  for (const IndexNote& note : index.notes) out += (out.empty() ? "" : " ") + note.id;
  return out;
}
std::string json_page(const std::string& files) {
  return R"({"meta":{"api-version":"1.0"},"name":"torch","files":[)" + files + "]}";
}
std::string link(const std::string& href) {
  return "<a href=\"" + href + "\">x</a>\n";
}

}  // namespace

TEST_CASE("links are resolved against the page: absolute, rooted, beside, above") {
  const std::pair<const char*, const char*> rows[] = {
      {"https://download.pytorch.org/whl/cu124/x/", "https://download.pytorch.org/whl/cu124/x/"},
      {"//download.pytorch.org/y/", "https://download.pytorch.org/y/"},
      {"/whl/cu124/", "https://download.pytorch.org/whl/cu124/"},
      {"", "https://download.pytorch.org/whl/cu124/torch/"},
      {"./", "https://download.pytorch.org/whl/cu124/torch/"},
      {"../", "https://download.pytorch.org/whl/cu124/"},
      {"../../../../", "https://download.pytorch.org/"},
      {"a/./b/../", "https://download.pytorch.org/whl/cu124/torch/a/"},
  };
  for (const auto& [folder, resolved] : rows) {
    const Index index = read(link(folder + kWheel));
    REQUIRE_MESSAGE(index.files.size() == 1, folder);
    CHECK_MESSAGE(index.files[0].url == resolved + kWheel, index.files[0].url);
  }
}

TEST_CASE("hashes: of the fragment, of JSON, other algorithms, other letters, other lengths") {
  const std::string good(64, 'B');
  CHECK(read(link(kWheel + "#sha256=" + good)).files[0].sha256 == std::string(64, 'b'));
  CHECK(read(link(kWheel + "#md5=0123")).files[0].sha256.empty());
  CHECK(notes(read(link(kWheel + "#md5=0123"))).empty());
  for (const std::string& bad :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g", std::string("x")}) {
    const Index index = read(link(kWheel + "#sha256=" + bad));
    CHECK_MESSAGE(index.files[0].sha256.empty(), bad);
    CHECK_MESSAGE(notes(index) == "bad-hash", bad);
    CHECK_MESSAGE(index.files[0].url == kPage + kWheel, bad);
  }
  const Index json = read(json_page(R"({"filename":")" + kWheel + R"(","url":")" + kWheel +
                                    R"(","hashes":{"sha512":"00","sha256":")" + good + R"("}})"));
  CHECK(json.files[0].sha256 == std::string(64, 'b'));
}

TEST_CASE("one file twice: the same hash is no contradiction, another folder no twin") {
  const std::string one(64, '1'), two(64, '2');
  CHECK(notes(read(link(kWheel + "#sha256=" + one) + link("/x/" + kWheel + "#sha256=" + one))).empty());
  CHECK(read(link(kWheel + "#sha256=" + one) + link(kWheel + "#sha256=" + one)).files.size() == 1);
  const std::string plain = "torch-2.5.1-cp311-cp311-linux_aarch64.whl";
  const Index folders = read(link("/whl/cu124/" + plain) + link("/whl/cpu/" + plain));
  REQUIRE(folders.files.size() == 2);
  CHECK(folders.files[0].variant == "cu124");
  CHECK(folders.files[1].variant == "cpu");
}

TEST_CASE("back to the source: every host but the page's own") {
  for (const char* host : {"https://download.pytorch.org", "https://download-r2.pytorch.org",
                           "http://evil.example", "https://d21usjoq99fcb9.cloudfront.net",
                           "https://mirrors.nju.edu.cn.example", "https://mirrors.nju.edu.cn@evil.example"}) {
    const Index index = read(link(std::string(host) + "/whl/cu124/" + kWheel),
                             "https://mirrors.nju.edu.cn/pytorch/whl/cu124/torch/");
    REQUIRE_MESSAGE(notes(index) == "r2-mirror", host);
    CHECK_MESSAGE(contains(render(index.notes[0].text), url_host(host)), host);
  }
  for (const char* same :
       {"https://mirrors.nju.edu.cn/a/", "https://MIRRORS.nju.edu.cn/a/", "//mirrors.nju.edu.cn/a/", "/a/",
        "https://mirrors.nju.edu.cn:443/a/", "https://user@mirrors.nju.edu.cn/a/"})
    CHECK_MESSAGE(notes(read(link(same + kWheel), "https://mirrors.nju.edu.cn/pytorch/")).empty(), same);
  CHECK(notes(read(link("https://anywhere.example/" + kWheel), "saved.html"))
            .empty());  // the page's own is not known
}

TEST_CASE("a base moves relative links, and is itself seen to leave the page's host or not") {
  const Index inside = read("<base href=\"/files/\">" + link(kWheel));
  CHECK(inside.files[0].url == "https://download.pytorch.org/files/" + kWheel);
  const Index rooted = read("<base href=\"/files/\">" + link("/x/" + kWheel));
  CHECK(rooted.files[0].url == "https://download.pytorch.org/x/" + kWheel);
  CHECK(read("<base>" + link(kWheel)).files[0].url == kPage + kWheel);
}

TEST_CASE("file names are decoded once, and what hides a path or control bytes is left out") {
  CHECK(read(link("torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl")).files[0].wheel.file == kWheel);
  CHECK(read(link("torch-2.6.0%2bcu124-cp311-cp311-linux_x86_64.whl?x=y/z#egg=1")).files[0].wheel.file ==
        kWheel);
  for (const char* bad : {"a%2Ftorch-2.6.0-py3-none-any.whl", "a%5ctorch-2.6.0-py3-none-any.whl",
                          "torch-2.6.0-py3-none-any%00.whl", "torch-2.6.0-py3%1b-none-any.whl"}) {
    const Index index = read(link(bad) + link(kWheel));
    CHECK_MESSAGE(index.files.size() == 1, bad);
    CHECK_MESSAGE(notes(index) == "hostile-link", bad);
  }
  for (const char* line_end : {"torch-2.6.0-py3-none-any%0a.whl", "torch-2.6.0%0a-py3-none-any.whl",
                               "torch-2.6.0-py3%09-none-any.whl", "torch-2.6.0-%20py3-none-any.whl"})
    CHECK_MESSAGE(notes(read(link(line_end) + link(kWheel))) == "wheel-name", line_end);
  // Decoded twice it would be a plus: it is no version as it stands.
  CHECK(notes(read(link("torch-2.6.0%252Bcu124-cp311-cp311-linux_x86_64.whl") + link(kWheel))) ==
        "wheel-name");
}

TEST_CASE("notes of a page of nothing but slips are bounded, each kind is said once") {
  std::string page = link(kWheel);
  for (int i = 0; i < 500; ++i)
    page +=
        link("torch-x" + std::to_string(i) + ".whl") + link("file:///" + std::to_string(i) + "/" + kWheel);
  const Index index = read(page);
  CHECK(index.files.size() == 1);
  CHECK(index.notes.size() == 2);
  CHECK(index.links == 1001);
  Index full;
  for (int i = 0; i < 100; ++i) full.note("id" + std::to_string(i), Message("x"));
  CHECK(full.notes.size() == 32);
}

TEST_CASE("HTML as browsers take it: unclosed, nested, in comments, in scripts, with odd attributes") {
  CHECK(read("<a href=" + kWheel + ">no end").files.size() == 1);
  CHECK(read("<a title='>' href='" + kWheel + "'>x").files.size() == 1);
  CHECK(read("<a href = \"" + kWheel + "\" >x</a>").files.size() == 1);
  CHECK(read("<a\nhref=\"" + kWheel + "\"\n>x</a>").files.size() == 1);
  CHECK(read("<a data-href=\"torch-1.0-py3-none-any.whl\" href=\"" + kWheel + "\">x").files.size() == 1);
  CHECK(read("<abbr href=\"torch-1.0-py3-none-any.whl\">" + link(kWheel)).files.size() == 1);
  CHECK(read("<style>a{x:'<a href=torch-1.0-py3-none-any.whl>'}</style>" + link(kWheel)).files.size() == 1);
  CHECK(read(link(kWheel) + "<!-- no end " + link("torch-1.0-py3-none-any.whl")).files.size() == 1);
  CHECK(read("<a href=\"torch-2.6.0&amp;x.whl\">x</a>" + link(kWheel)).files.size() == 1);
  CHECK(read("<a href=\"&#116;&#x6f;rch-1.0-py3-none-any.whl\">x</a>").files[0].wheel.file ==
        "torch-1.0-py3-none-any.whl");
  CHECK(read("\xef\xbb\xbf<html>" + link(kWheel)).files.size() == 1);
  CHECK(read("<a data-requires-python=\"&gt;=3.10,&lt;3.15\" href=\"" + kWheel + "\">x")
            .files[0]
            .requires_python == ">=3.10,<3.15");
  CHECK(read("<a data-yanked=\"broken\" href=\"" + kWheel + "\">x").files[0].yanked);
}

TEST_CASE("the time of a page becomes the day of the data") {
  const auto day = [](const std::string& stamp) {
    return answer_of(asking(), {read(link(kWheel) + "<!--TIMESTAMP " + stamp + "-->")}).data_date;
  };
  CHECK(day("0") == "1970-01-01");
  CHECK(day("951782400") == "2000-02-29");
  CHECK(day("1709251199") == "2024-02-29");
  CHECK(day("1709251200") == "2024-03-01");
  CHECK(day("1767225599.25") == "2025-12-31");
  CHECK(day("yesterday") == "yesterday");
  CHECK(day("99999999999999999999") == "99999999999999999999");
}

TEST_CASE("PEP 691: versions, yanked in both forms, other files, projects, types that are wrong") {
  const auto file = [](const std::string& more) {
    return json_page(R"({"filename":")" + kWheel + R"(","url":")" + kWheel + "\"" + more + "}");
  };
  CHECK_FALSE(read(file("")).files[0].yanked);
  CHECK_FALSE(read(file(R"(,"yanked":false)")).files[0].yanked);
  CHECK(read(file(R"(,"yanked":true)")).files[0].yanked);
  CHECK(read(file(R"(,"yanked":"bad kernel")")).files[0].yanked);
  CHECK(read(file(R"(,"hashes":7,"requires-python":null)")).files[0].sha256.empty());
  CHECK(notes(read(json_page(R"({"filename":"numpy-1.0-py3-none-any.whl","url":")" + kWheel + "\"}"))) ==
        "other-file");
  CHECK(read(json_page(R"({"filename":"x"},{"url":")" + kWheel + "\"},7,null")).files.size() == 1);
  CHECK(read(R"({"meta":{"api-version":"1.4"},"projects":[{"name":"torch"},{"name":""},{"x":1}]})").folders ==
        std::vector<std::string>{"torch"});
  for (const char* version : {"\"2.0\"", "\"10.0\"", "\"\"", "1.0", "null"})
    CHECK_MESSAGE(!parse_index(R"({"meta":{"api-version":)" + std::string(version) + R"(},"files":[]})", "x"),
                  version);
  CHECK(contains(parse_index(R"({"meta":{"api-version":"2.0"}})", "https://h/torch/").error().text(),
                 "https://h/torch/"));
}

TEST_CASE("a flat page of all variants and projects: each file by its own name, else by its path") {
  const Index index = read(link("cu118/torch-2.0.1%2Bcu118-cp311-cp311-linux_x86_64.whl") +
                               link("cpu/torch-2.0.1%2Bcpu-cp311-cp311-linux_x86_64.whl") +
                               link("rocm5.4.2/torch-2.0.1%2Brocm5.4.2-cp311-cp311-linux_x86_64.whl") +
                               link("torchtext-0.15.2-cp311-cp311-linux_x86_64.whl") +
                               link("cu117/torchaudio-2.0.2-cp311-cp311-linux_x86_64.whl"),
                           "https://mirror.sjtu.edu.cn/pytorch-wheels/torch_stable.html");
  std::string variants;
  for (const IndexFile& file : index.files) variants += file.wheel.project + "=" + file.variant + " ";
  CHECK(variants == "torch=cu118 torch=cpu torch=rocm5.4.2 torchtext= torchaudio=cu117 ");
  CHECK(chosen(asking("450.80.02"), {index}) == "2.0.1+cu118");
}
