// Goal: indexes over HTTP with the shapes and faults of real ones: redirects, absolute links, gzip, cut off,
// slow, too large, 404, HTML for JSON. Method: a server on loopback, the commands from outside.
#include <doctest.h>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cli/fetch.hpp"
#include "cli/index_source.hpp"
#include "cli/test_server.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

const std::string kWheel = "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl";
const std::string kPage =
    "<!DOCTYPE html>\n<html><body><a "
    "href=\"/whl/cu124/torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl#sha256=" +
    sha256_of("wheel") + "\">" + kWheel + "</a><br/></body></html>\n";

Ran ask(const std::string& index, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"torch", "--json",  "--python", "3.11",    "--cuda",
                                    "12.4",  "--glibc", "2.35",     "--index", index};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

std::string chosen(const Ran& ran) {
  const auto json = parse_json(ran.out);
  return json ? json->text("wheel") : ran.err;
}

/// A gzip file of one stored block: what any decoder must read.
std::string gzip_of(const std::string& text) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  const auto put = [](std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 255);
  };
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01", 11);
  put(out, text.size(), 2), put(out, ~text.size(), 2);
  out += text;
  put(out, ~crc, 4), put(out, text.size(), 4);
  return out;
}

}  // namespace

TEST_CASE("a page, with and without its project, and through a redirect") {
  const Server server({{"/whl/cu124/torch/", Server::page(kPage)},
                       {"/old", Server::moved("/whl/cu124/torch/")},
                       {"/whl/cu124/", Server::page("<a href=\"torch/\">torch</a>")},
                       {"/whl/cu124", Server::moved("/whl/cu124/")}});
  CHECK(chosen(ask(server.address() + "/whl/cu124/torch/")) == kWheel);
  CHECK(chosen(ask(server.address() + "/old")) == kWheel);
  CHECK(chosen(ask(server.address() + "/whl/cu124/")) == kWheel);
  const Ran whole = ask(server.address() + "/whl/cu124");
  CHECK(chosen(whole) == kWheel);
  CHECK(contains(whole.out, "--index-url " + server.address() + "/whl/cu124"));
}

TEST_CASE("gzip, JSON, and HTML where JSON was asked for") {
  const std::string json = R"({"meta":{"api-version":"1.0"},"name":"torch","files":[{"filename":")" + kWheel +
                           R"(","url":")" + kWheel + R"(","hashes":{}}]})";
  const Server server({{"/gzip", Server::page(gzip_of(kPage), "Content-Encoding: gzip\r\n")},
                       {"/json/torch/", Server::page(json)}});
  CHECK(chosen(ask(server.address() + "/gzip")) == kWheel);
  CHECK(chosen(ask(server.address() + "/json/torch/")) == kWheel);
}

TEST_CASE("what goes wrong on the way is named") {
  const Server server(
      {{"/cut", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 99999\r\n\r\n" + kPage},
       {"/empty", ""},
       {"/loop", Server::moved("/loop")},
       {"/file", Server::moved("file:///etc/passwd")},
       {"/error", "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
       {"/text", Server::page("hello")}});
  const std::pair<const char*, const char*> cases[] = {
      {"/whl/cu131/torch/", "HTTP 404"}, {"/cut", "cut off"},    {"/loop", "redirects"},
      {"/file", "curl ended"},           {"/error", "HTTP 503"}, {"/text", "no page of a package index"},
      {"/empty", "curl ended"}};
  for (const auto& [path, words] : cases) {
    const Ran ran = ask(server.address() + path);
    CHECK_MESSAGE(ran.code == kFailed, path);
    CHECK_MESSAGE(contains(ran.err, words), path, ": ", ran.err);
    CHECK_MESSAGE(contains(ran.err, path), ran.err);
  }
  CHECK(contains(ask("http://127.0.0.1:1/x").err, "cannot be reached"));
}

TEST_CASE("bounded in time and size") {
  const Server slow(std::map<std::string, std::string>{{"/slow", "wait"}});
  const Server server(
      {{"/large", Server::page(std::string(70'000, ' '))},
       {"/stream", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(70'000, ' ')}});
  CHECK(fetch(slow.address() + "/slow", {1000, std::chrono::seconds(1)}).error().code ==
        ErrorCode::kTimedOut);
  CHECK(fetch(server.address() + "/large", {1000, std::chrono::seconds(5)}).error().code ==
        ErrorCode::kTooLarge);
  CHECK(!fetch(server.address() + "/stream", {1000, std::chrono::seconds(5)}));
  CHECK(fetch("ftp://h/x").error().code == ErrorCode::kUsage);
  CHECK(fetch("https://h/\n").error().code == ErrorCode::kUsage);
}

TEST_CASE("a mirror that leads back to its source is noticed") {
  const Server server(
      {{"/whl/cu124/torch/",
        Server::page("<a href=\"https://download-r2.pytorch.org/whl/cu124/" + kWheel + "\">x</a>")}});
  CHECK(contains(ask(server.address() + "/whl/cu124/torch/").out, "r2-mirror"));
}

TEST_CASE("directories: saved pages, wheels, neither; and no network when offline") {
  const Folder folder("index");
  folder.put("pages/torch.html", kPage);
  folder.put("tree/torch/index.html", kPage);
  folder.put("wheels/" + kWheel, "wheel");
  folder.put("none/x.txt", "");
  CHECK(chosen(ask(folder.path / "pages")) == kWheel);
  CHECK(chosen(ask(folder.path / "tree")) == kWheel);
  const Ran wheels = ask(folder.path / "wheels", {"--offline"});
  CHECK(chosen(wheels) == kWheel);
  CHECK(contains(wheels.out, "--no-index --find-links"));
  CHECK(ask(folder.path / "none").code == kFailed);
  CHECK(ask("https://download.pytorch.org/whl/cu124/torch/", {"--offline"}).code == kUsage);
  CHECK(ask(folder.path / "nothing").code == kFailed);
}

TEST_CASE("a wheel is compared with the hash of the index") {
  const Folder folder("hash");
  const std::string page = folder.put("torch.html", kPage), good = folder.put("good/" + kWheel, "wheel"),
                    bad = folder.put("bad/" + kWheel, "another");
  CHECK(run({"torch", "wheel", good, "--index", page, "--python", "3.11", "--glibc", "2.35"}).code == kOk);
  const Ran wrong = run({"torch", "wheel", bad, "--index", page, "--python", "3.11", "--glibc", "2.35"});
  CHECK(wrong.code == kFailed);
  CHECK(contains(wrong.err, "SHA-256"));
}

TEST_CASE("a page that is too large is refused by name") {
  const Folder folder("large");
  const std::string path = folder.put("torch.html", "<html>");
  std::filesystem::resize_file(path, 200u << 20);
  const Ran ran = ask(path);
  CHECK(ran.code == kFailed);
  CHECK(contains(ran.err, "larger than an index page may be"));
}

TEST_CASE("a large page is filtered by Python, and read whole for a refusal") {
  const Folder folder("filter");
  const std::string path = folder.put("torch.html", kPage + std::string(2u << 20, ' '));
  CHECK(chosen(ask(path)) == kWheel);
  const Ran refused =
      run({"torch", "--json", "--python", "3.12", "--cuda", "12.4", "--glibc", "2.35", "--index", path});
  CHECK(refused.code == kRefused);
  CHECK(contains(refused.out, "--python 3.11"));
}
