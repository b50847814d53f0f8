// nvstack torch wheel: the parts of wheels' names, whether they fit, and whether the files are what an index
// says.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cli/index_source.hpp"
#include "cli/torch_commands.hpp"
#include "framework/variant.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

constexpr std::uint64_t kWheelBytesMax = std::uint64_t{16} << 30;

Result<std::string> sha256_of_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return fail(errno_error(errno, "open " + path));
  Sha256 hash;
  std::uint64_t total = 0;
  for (std::string chunk(1u << 20, '\0');;) {
    const ssize_t count = ::read(file.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(errno_error(errno, "read " + path));
    if (count == 0) return hash.finish();
    total += static_cast<std::uint64_t>(count);
    if (total > kWheelBytesMax)
      return fail(ErrorCode::kTooLarge, path + " is larger than a wheel may be (16 GiB)");
    hash.add(std::string_view(chunk.data(), static_cast<std::size_t>(count)));
  }
}

std::string published_hash(const std::vector<Index>& indexes, const std::string& file) {
  for (const Index& index : indexes)
    for (const IndexFile& one : index.files)
      if (one.wheel.file == file && !one.sha256.empty()) return one.sha256;
  return "";
}

}  // namespace

Status check_hash(const std::string& path, const std::vector<Index>& indexes) {
  const std::string file = path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  const std::string wanted = published_hash(indexes, file);
  if (wanted.empty()) return {};
  const std::string found = TRY(sha256_of_file(path));
  if (found == wanted) return {};
  return fail(ErrorCode::kMalformed,
              path + " is not the file of the index: its SHA-256 is " + found + ", the index says " + wanted,
              "remove the file and fetch it again");
}

namespace {

struct WheelVerdict {
  WheelName name;
  std::optional<std::size_t> rank;
};

Json verdict_json(const WheelVerdict& verdict) {
  const WheelName& name = verdict.name;
  return Json::object()
      .set("file", name.file)
      .set("project", name.project)
      .set("version", name.version.text())
      .set("variant", variant_of_version(name.version))
      .set("python", name.interpreters.text())
      .set("abi", name.abis.text())
      .set("platform", name.platforms.text())
      .set("rank", verdict.rank ? Json(static_cast<std::int64_t>(*verdict.rank)) : Json());
}

std::string verdict_text(const WheelVerdict& verdict, const Request& request) {
  const WheelName& name = verdict.name;
  const std::vector<std::pair<std::string, std::string>> values = {
      {"python", request.python.text()}, {"arch", request.arch}, {"libc", request.libc.text()}};
  return name.file + "\n  " + name.project + " " + name.version.text() + ", " + name.interpreters.text() +
         "-" + name.abis.text() + ", " + name.platforms.text() + "\n  " +
         (verdict.rank ? render({N_("fits Python {python} on {arch} with {libc}"), values})
                       : render({N_("does not fit Python {python} on {arch} with {libc}"), values})) +
         "\n";
}

}  // namespace

Result<int> torch_wheel(const TorchWords& words, const std::vector<std::string>& files, const Tables& tables,
                        Terminal& terminal) {
  if (files.empty())
    return fail(ErrorCode::kUsage, "which wheel?",
                "nvstack torch wheel torch-2.9.1+cu126-cp311-cp311-manylinux_2_28_x86_64.whl");
  const TorchAsked asked = TRY(make_torch_request(words, {}, tables));
  const WheelTags tags(asked.request.python, asked.request.libc, asked.request.arch);
  const IndexSource source =
      TRY(read_indexes(words.indexes, words.offline ? Network::kForbidden : Network::kAllowed));
  Json list = Json::array();
  bool all_fit = true;
  for (const std::string& file : files) {
    WheelVerdict verdict;
    verdict.name =
        TRY(parse_wheel_name(file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1)));
    verdict.rank = tags.rank(verdict.name);
    if (::access(file.c_str(), R_OK) == 0) TRY(check_hash(file, source.indexes));
    all_fit = all_fit && verdict.rank;
    list.add(verdict_json(verdict));
    if (!words.json) terminal.out(verdict_text(verdict, asked.request));
  }
  if (words.json) terminal.out(list.dump(2) + "\n");
  return all_fit ? kOk : kFindings;
}

}  // namespace nvstack::cli
