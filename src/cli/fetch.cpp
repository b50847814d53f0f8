#include "cli/fetch.hpp"

#include "base/message.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace nvstack::cli {

namespace {

/// What curl's exit codes mean for whoever waits for the page.
tl::unexpected<Error> curl_failed(int code, const std::string& address, const ProcessOutput& output) {
  const std::string said = printable(trim(output.err), 200);
  const std::string name = printable(address, 200);
  switch (code) {
    case 6:
    case 7:
      return fail(ErrorCode::kIo, name + ": the server cannot be reached (" + said + ")",
                  "look at the network and the proxy, or give a saved page: --index FILE");
    case 18: return fail(ErrorCode::kIo, name + ": the answer was cut off on its way", "try again");
    case 28:
      return fail(ErrorCode::kTimedOut, name + ": no whole answer in time", "try again, or another mirror");
    case 35:
    case 51:
    case 58:
    case 60:
    case 77:
      return fail(ErrorCode::kIo, name + ": the TLS connection failed (" + said + ")",
                  "look at the clock and at the package ca-certificates; nothing was read");
    case 47: return fail(ErrorCode::kIo, name + ": more than 5 redirects");
    case 63: return fail(ErrorCode::kTooLarge, name + " is larger than an index page may be");
    default:
      return fail(ErrorCode::kIo, name + ": curl ended with " + std::to_string(code) + " (" + said + ")");
  }
}

}  // namespace

Result<Fetched> fetch(const std::string& address, const FetchLimits& limits) {
  const bool is_web = address.starts_with("https://") || address.starts_with("http://");
  if (!is_web || has_control_bytes(address) || address.find_first_of(" \t\r\n") != std::string::npos)
    return fail(ErrorCode::kUsage, "\"" + printable(address, 200) + "\" is no http or https address");
  const std::vector<std::string> argv = {
      "curl",
      "--silent",
      "--show-error",
      "--globoff",
      "--location",
      "--max-redirs",
      "5",
      "--proto",
      "=http,https",
      "--proto-redir",
      "=http,https",
      "--connect-timeout",
      "10",
      "--max-time",
      std::to_string(limits.deadline.count()),
      "--max-filesize",
      std::to_string(limits.bytes_max),
      "--compressed",
      "--user-agent",
      "nvstack",
      "--header",
      "Accept: text/html, application/vnd.pypi.simple.v1+json;q=0.9, */*;q=0.5",
      "--write-out",
      "\n%{http_code} %{url_effective}",
      "--",
      address};
  ProcessLimits process;
  process.deadline = limits.deadline + std::chrono::seconds(5);
  process.output_bytes_max = limits.bytes_max + 8192;
  auto output = run_process(argv, process);
  if (!output && output.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kNotFound, "the program curl is not installed",
                "install curl, or give a saved page: --index FILE");
  if (!output) return fail_in(std::move(output).error(), "fetching " + printable(address, 200));
  if (output->exit_code != 0) return curl_failed(output->exit_code, address, *output);
  const std::size_t trailer = output->out.rfind('\n');
  const auto words =
      split_words(std::string_view(output->out).substr(trailer == std::string::npos ? 0 : trailer));
  const std::string status = words.empty() ? "000" : std::string(words[0]);
  if (status == "404")
    return fail(ErrorCode::kNotFound, printable(address, 200) + ": there is no such page (HTTP 404)",
                "nvstack torch names the CUDA variants that exist");
  if (status != "200")
    return fail(ErrorCode::kIo, printable(address, 200) + ": the server answered HTTP " + status);
  Fetched fetched;
  fetched.address = words.size() > 1 ? std::string(words[1]) : address;
  output->out.resize(trailer);
  fetched.body = std::move(output->out);
  return fetched;
}

}  // namespace nvstack::cli
