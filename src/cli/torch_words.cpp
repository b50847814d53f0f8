#include "cli/torch_words.hpp"

#include "base/text.hpp"
#include "framework/requirement.hpp"
#include "framework/variant.hpp"

namespace nvstack::cli {

using namespace framework;

namespace {

/// "570" stands for the first version of the branch.
Result<Version> parse_driver(const std::string& text, const Tables& tables) {
  const auto version = parse_version(trim(text));
  if (!version || version->branch() < 50)
    return fail(ErrorCode::kUsage, "\"" + printable(text, 40) + "\" is no driver version",
                "write --driver 570.86.10");
  if (version->parts.size() > 1) return *version;
  for (const Version& first : tables.cuda->drivers())
    if (first.branch() == version->branch()) return first;
  return *version;
}

/// manylinux_2_28_x86_64, manylinux2014_aarch64, musllinux_1_2_x86_64, linux_x86_64.
Status put_platform(const std::string& word, Request& request) {
  const std::string low = to_lower(word);
  const auto bad = [&] {
    return fail(ErrorCode::kUsage, "no platform \"" + printable(word, 60) + "\"",
                "manylinux_2_28_x86_64, linux_aarch64 or musllinux_1_2_x86_64; torch for Windows and macOS "
                "is not answered here");
  };
  for (const char* arch : {"x86_64", "aarch64"}) {
    const std::string tail = "_" + std::string(arch);
    if (!low.ends_with(tail)) continue;
    request.arch = arch;
    std::string head = low.substr(0, low.size() - tail.size());
    if (head == "linux") return {};
    if (head == "manylinux2014") head = "manylinux_2_17";
    if (head == "manylinux2010") head = "manylinux_2_12";
    if (head == "manylinux1") head = "manylinux_2_5";
    const bool musl = head.starts_with("musllinux_");
    if (!musl && !head.starts_with("manylinux_")) return bad();
    const std::string version = replace_all(head.substr(10), "_", ".");
    request.libc = TRY(parse_libc_target(version, musl ? LibcTarget::Kind::kMusl : LibcTarget::Kind::kGlibc));
    return {};
  }
  return bad();
}

Status put_target(const TorchWords& words, Request& request) {
  if (!words.platform.empty()) TRY(put_platform(words.platform, request));
  if (!words.arch.empty()) {
    if (words.arch != "x86_64" && words.arch != "aarch64")
      return fail(ErrorCode::kUsage, "--arch is x86_64 or aarch64");
    if (!words.platform.empty() && request.arch != words.arch)
      return fail(ErrorCode::kUsage, "--platform and --arch name different architectures");
    request.arch = words.arch;
  }
  if (!words.glibc.empty() && !words.musl.empty())
    return fail(ErrorCode::kUsage, "--glibc and --musl exclude each other");
  if (!words.glibc.empty()) request.libc = TRY(parse_libc_target(words.glibc, LibcTarget::Kind::kGlibc));
  if (!words.musl.empty()) request.libc = TRY(parse_libc_target(words.musl, LibcTarget::Kind::kMusl));
  if (!words.python.empty()) request.python = TRY(parse_python_target(words.python));
  return {};
}

Status put_wishes(const TorchWords& words, Request& request, const Tables& tables) {
  if (!words.torch.empty()) request.torch = TRY(parse_wanted_version(words.torch));
  if (to_lower(words.cuda) == "cpu") {
    request.backend = Backend::kCpu;
  } else if (words.cuda.starts_with("rocm") || words.cuda == "xpu") {
    return fail(ErrorCode::kUsage, "--cuda " + printable(words.cuda, 20) + " is no CUDA build",
                "nvstack answers for NVIDIA GPUs; pytorch.org has the others");
  } else if (!words.cuda.empty()) {
    request.cuda = TRY(parse_cuda_word(words.cuda));
  }
  if (!words.toolkit.empty())
    request.toolkit = TRY(parse_cuda_word(words.toolkit)), request.match_toolkit = true;
  if (!words.driver.empty()) request.driver = TRY(parse_driver(words.driver, tables));
  if (!words.channel.empty()) request.channel = TRY(parse_channel(words.channel));
  for (const std::string& index : words.indexes) {
    if (words.channel.empty() && contains(index, "/nightly/")) request.channel = Channel::kNightly;
    if (words.channel.empty() && contains(index, "/whl/test/")) request.channel = Channel::kTest;
  }
  if (!words.cudnn.empty()) request.cudnn = TRY(read_python_version(words.cudnn));
  for (const std::string& gpu : words.gpus) request.gpus.push_back(TRY(find_gpu(gpu, *tables.catalog)));
  request.mirror = words.mirror, request.compat = words.compat;
  if (words.wsl) request.driver_kind = DriverKind::kWindows;
  return {};
}

/// "torchvideo" is what people write who mean torchvision.
Status put_package(const std::string& word, TorchAsked& asked, const Tables& tables) {
  const Requirement wanted_package = TRY(parse_requirement(word));
  std::string name = wanted_package.name;
  if (name == "torchvideo" || name == "torch-vision" || name == "torch-video") {
    asked.cautions.push_back({"torchvideo",
                              {N_("There is no package {word}: torchvision is meant."),
                               {{"word", printable(wanted_package.written, 40)}}}});
    name = "torchvision";
  }
  if (name != "torch" && name != "torchvision" && name != "torchaudio" && name != "torchtext")
    return fail(ErrorCode::kUsage, "no package \"" + printable(word, 60) + "\" of the torch family",
                "torch, torchvision, torchaudio or torchtext");
  asked.request.packages.push_back(name);
  const SpecifierSet& wanted = wanted_package.versions;
  if (wanted.empty()) return {};
  if (name == "torch") {
    asked.request.torch.clauses.insert(asked.request.torch.clauses.end(), wanted.clauses.begin(),
                                       wanted.clauses.end());
    return {};
  }
  const bool exact =
      wanted.clauses.size() == 1 && wanted.clauses[0].op == Operator::kEqual && !wanted.clauses[0].prefix;
  const Release* release = exact ? tables.releases->find_by(name, wanted.clauses[0].version) : nullptr;
  if (!release)
    return fail(ErrorCode::kUsage, "no torch belongs to " + printable(word, 60) + " as far as is known",
                "name an exact release, as torchvision==0.16.0");
  const SpecifierSet torch = TRY(parse_specifiers("==" + release->torch.text()));
  asked.request.torch.clauses.insert(asked.request.torch.clauses.end(), torch.clauses.begin(),
                                     torch.clauses.end());
  return {};
}

}  // namespace

std::vector<Option> torch_option_rows(TorchWords& words) {
  std::vector<Option> rows = {
      {"--json", "", N_("print JSON (docs/formats/torch.md)"), &words.json},
      {"--gpu", "GPU",
       N_("a GPU of a machine that is not here: 'RTX 5090', 10de:2b85 or sm_120; repeat for more"),
       &words.gpus},
      {"--driver", "V", N_("its driver, as 570.86.10"), &words.driver},
      {"--python", "X.Y", N_("its Python, as 3.11 or 3.13t"), &words.python},
      {"--glibc", "X.Y", N_("its C library, as 2.31"), &words.glibc},
      {"--musl", "X.Y", N_("its C library is musl, as 1.2"), &words.musl},
      {"--arch", "ARCH", N_("its architecture: x86_64 or aarch64"), &words.arch},
      {"--platform", "TAG", N_("C library and architecture in one, as manylinux_2_28_x86_64"),
       &words.platform},
      {"--wsl", "", N_("it is WSL: --driver is the Windows driver"), &words.wsl},
      {"--torch", "V", N_("this torch: 2.8.0, 2.8 or '>=2.6,<2.9'"), &words.torch},
      {"--cuda", "X.Y", N_("this CUDA variant: 12.6, cu126 or cpu"), &words.cuda},
      {"--toolkit", "X.Y", N_("what matches this installed toolkit"), &words.toolkit},
      {"--cudnn", "V", N_("this cuDNN will be installed over the wheel's own"), &words.cudnn},
      {"--compat", "", N_("a cuda-compat package may be used (data-center GPUs)"), &words.compat},
      {"--channel", "NAME", N_("stable, nightly or test"), &words.channel},
      {"--mirror", "NAME", N_("pytorch, nju, aliyun, sjtu, or an address"), &words.mirror},
      {"--index", "WHERE",
       N_("read this index: an address, a saved page, a directory of pages or wheels; repeat for more"),
       &words.indexes},
      {"--offline", "", N_("fetch nothing"), &words.offline},
      {"--requirements", "FILE", N_("judge a requirements file or a lock file"), &words.requirements},
      {"--env", "DIR", N_("check, install: this virtual environment"), &words.environment},
      {"--yes", "", N_("install: do not ask"), &words.yes},
  };
  for (Option& row : machine_option_rows(words.machine)) rows.push_back(std::move(row));
  rows.push_back({"-h,--help", "", N_("print this help"), &words.help});
  return rows;
}

namespace detail {
Status put_this_machine(const TorchWords& words, TorchAsked& asked, const Tables& tables);
}

Result<TorchAsked> make_torch_request(const TorchWords& words, const std::vector<std::string>& packages,
                                      const Tables& tables) {
  TorchAsked asked;
  TRY(detail::put_this_machine(words, asked, tables));
  TRY(put_target(words, asked.request));
  TRY(put_wishes(words, asked.request, tables));
  if (!packages.empty()) asked.request.packages.clear();
  for (const std::string& package : packages) TRY(put_package(package, asked, tables));
  return asked;
}

}  // namespace nvstack::cli
