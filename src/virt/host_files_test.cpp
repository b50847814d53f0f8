// Goal: nodes are made, replaced at once and removed as asked; what is not there is no error where the header
// says so.
#include "virt/host_files.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace nvstack;
using namespace nvstack::virt;

namespace {

struct Folder {
  Folder()
      : path((std::filesystem::temp_directory_path() / ("nvstack-files-" + std::to_string(::getpid())))
                 .string()) {
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string at(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

Node file(const std::string& content, unsigned mode = 0444) {
  Node node;
  node.content = content, node.mode = mode;
  return node;
}

Node of_kind(NodeKind kind, const std::string& content = "") {
  Node node;
  node.kind = kind, node.content = content, node.mode = 0755;
  return node;
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  REQUIRE_MESSAGE(::lstat(path.c_str(), &status) == 0, path);
  return status;
}

}  // namespace

TEST_CASE("a file is made, replaced by a new one, and removed") {
  const Folder folder;
  const std::string path = folder.at("file");
  CHECK(write_node(path, file("one\n")).has_value());
  CHECK(read_text_file(path) == "one\n");
  const auto first = status_of(path);
  CHECK((first.st_mode & 0222) == 0);
  CHECK(write_node(path, file("two\n", 0644)).has_value());
  CHECK(read_text_file(path) == "two\n");
  CHECK(status_of(path).st_ino != first.st_ino);                        // who has the old one open keeps it
  CHECK(list_folder(folder.path) == std::vector<std::string>{"file"});  // nothing is left beside it
  CHECK(remove_node(path, file("")).has_value());
  CHECK(remove_node(path, file("")).has_value());  // again is no error
  CHECK(list_folder(folder.path).empty());
}

TEST_CASE("one kind of node takes the place of another") {
  const Folder folder;
  const std::string path = folder.at("node");
  CHECK(write_node(path, of_kind(NodeKind::kDirectory)).has_value());
  CHECK(write_node(path, of_kind(NodeKind::kDirectory)).has_value());
  CHECK(S_ISDIR(status_of(path).st_mode));
  CHECK(write_node(path, of_kind(NodeKind::kSymlink, "target")).has_value());
  CHECK(read_link(path) == "target");
  CHECK(write_node(path, of_kind(NodeKind::kSymlink, "other")).has_value());
  CHECK(read_link(path) == "other");
  CHECK(write_node(path, file("text")).has_value());
  CHECK(read_link(path).empty());
  CHECK(read_text_file(path) == "text");
}

TEST_CASE("a folder that is not empty is neither replaced nor removed") {
  const Folder folder;
  CHECK(make_folder(folder.at("full"), 0755).has_value());
  CHECK(write_plain_file(folder.at("full/file"), "text", 0644).has_value());
  const auto replaced = write_node(folder.at("full"), file("text"));
  REQUIRE_FALSE(replaced.has_value());
  CHECK(replaced.error().message.find("replace the folder") != std::string::npos);
  CHECK(remove_node(folder.at("full"), of_kind(NodeKind::kDirectory)).has_value());
  CHECK(read_text_file(folder.at("full/file")) == "text");
}

TEST_CASE("errors name the path") {
  const Folder folder;
  for (const Status& status :
       {write_node(folder.at("no/file"), file("x")), make_folder(folder.at("no/folder"), 0755),
        write_plain_file(folder.at("no/plain"), "x", 0644), make_node(folder.at("no/node"), file("x")),
        copy_file(folder.at("no/source"), folder.at("copy"), 0644)}) {
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().message.find(folder.path + "/no/") != std::string::npos);
  }
  CHECK(list_folder(folder.path).empty());
}

TEST_CASE("a plain file does not follow a link") {
  const Folder folder;
  CHECK(write_plain_file(folder.at("target"), "kept", 0644).has_value());
  CHECK(make_node(folder.at("link"), of_kind(NodeKind::kSymlink, folder.at("target"))).has_value());
  CHECK_FALSE(write_plain_file(folder.at("link"), "lost", 0644).has_value());
  CHECK(read_text_file(folder.at("target")) == "kept");
}

TEST_CASE("folders are made like those of the model") {
  const Folder folder;
  std::filesystem::create_directories(folder.at("model/a/b"));
  std::filesystem::create_directories(folder.at("root"));
  ::chmod(folder.at("model/a").c_str(), 0750);
  CHECK(make_folders_like(folder.at("root"), "/a/b/c", folder.at("model")).has_value());
  CHECK((status_of(folder.at("root/a")).st_mode & 07777u) == 0750);
  CHECK(S_ISDIR(status_of(folder.at("root/a/b/c")).st_mode));
  CHECK(make_folders_like(folder.at("root"), "/a/b/c", folder.at("model")).has_value());  // they are there
  CHECK_FALSE(make_folders_like(folder.at("nowhere"), "/a", folder.at("model")).has_value());
}

TEST_CASE("copies have the bytes and the mode") {
  const Folder folder;
  const std::string bytes(200'000, 'b');
  CHECK(write_plain_file(folder.at("source"), bytes, 0600).has_value());
  CHECK(copy_file(folder.at("source"), folder.at("copy"), 04755).has_value());
  CHECK(read_text_file(folder.at("copy")) == bytes);
  CHECK((status_of(folder.at("copy")).st_mode & 07777u) == 04755);
  CHECK(write_plain_file(folder.at("empty"), "", 0600).has_value());
  CHECK(copy_file(folder.at("empty"), folder.at("copy"), 0644).has_value());
  CHECK(read_text_file(folder.at("copy")).empty());
}

TEST_CASE("reading what is not there gives nothing") {
  CHECK(read_text_file("/no/such/file").empty());
  CHECK(list_folder("/no/such/folder").empty());
  CHECK(read_link("/no/such/link").empty());
  CHECK(read_link("/").empty());
}
