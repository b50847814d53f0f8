#include "harness.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/text.hpp"

namespace harness {

namespace fs = std::filesystem;

void sleep_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool eventually(const std::function<bool()>& holds, int limit_ms) {
  for (const double end = now_ms() + limit_ms; now_ms() < end; sleep_ms(5))
    if (holds()) return true;
  return holds();
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Renamed into place would be a new file, which the fake library does not see: it keeps its descriptor.
void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> list_tree(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    found.push_back(fs::relative(entry.path(), folder));
  std::sort(found.begin(), found.end());
  return found;
}

Folder::Folder() {
  char name[] = "/tmp/nvstack-persist-XXXXXX";
  path = ::mkdtemp(name);
  ::chmod(path.c_str(), 0755);
}

Folder::~Folder() {
  fs::remove_all(path);
}

namespace {

std::string build_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path();
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

void redirect(const std::string& path, int to) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(file, to);
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string daemon_program() {
  return build_folder() + "/bin/nvidia-persistenced";
}
std::string fake_library_folder() {
  return build_folder() + "/unit/fake-cfg";
}

TestDaemon::TestDaemon(std::string settings, std::vector<std::string> wanted, Start how)
    : options(std::move(wanted)) {
  set(settings);
  environment["FAKE_CFG"] = folder.path + "/cfg";
  // The daemon refuses ptrace to itself, and the leak checker works by it.
  environment["ASAN_OPTIONS"] = "detect_leaks=0";
  if (how == Start::kForeground) start();
  if (how == Start::kBackground) start_background();
}

TestDaemon::~TestDaemon() {
  if (alive()) stop(SIGKILL);
}

std::vector<std::string> TestDaemon::words(bool foreground) const {
  std::vector<std::string> all = {daemon_program(), "--runtime-dir", folder.path + "/run"};
  bool library = true;
  for (const std::string& option : options) library = library && option != "--backend=nodes";
  if (library) all.insert(all.end(), {"--nvidia-cfg-path", fake_library_folder()});
  if (foreground) all.push_back("--foreground");
  all.insert(all.end(), options.begin(), options.end());
  return all;
}

void TestDaemon::run_in_place(const TestDaemon& wanted) {
  for (const auto& [name, value] : wanted.environment) ::setenv(name.c_str(), value.c_str(), 1);
  redirect(wanted.folder.path + "/err", STDERR_FILENO);
  if (wanted.environment.contains("LISTEN_FDS"))
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  if (wanted.before_exec) wanted.before_exec();
  become(wanted.words(true));
}

void TestDaemon::start() {
  pid_ = ::fork();
  if (pid_ == 0) run_in_place(*this);
  child_ = true;
  eventually([&] {
    if (!alive()) return true;
    const std::string status = control(socket_path("control"), "status");
    return !status.empty() && status.find("busy_for_ms") == std::string::npos &&
           (status.find("\ngpu\t") != std::string::npos ||
            errors().find("Waiting for GPUs") != std::string::npos);
  });
}

Started TestDaemon::start_background() {
  const pid_t starter = ::fork();
  if (starter == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    redirect(folder.path + "/err", STDERR_FILENO);
    redirect(folder.path + "/out", STDOUT_FILENO);
    if (before_exec) before_exec();
    become(words(false));
  }
  int status = 0;
  ::waitpid(starter, &status, 0);
  // A start that failed beside a running one leaves that one ours.
  if (!alive()) child_ = false, pid_ = background_pid();
  return {code_of(status), errors(), read_text(folder.path + "/out")};
}

pid_t TestDaemon::background_pid() const {
  const std::string text = read_text(folder.path + "/run/nvidia-persistenced.pid");
  const auto number = nvstack::parse_uint(nvstack::trim(text));
  return number ? static_cast<pid_t>(*number) : -1;
}

int TestDaemon::called(const std::string& line) const {
  int count = 0;
  const std::string log = read_text(folder.path + "/cfg.log");
  for (const std::string_view each : nvstack::split_lines(log)) count += each == line;
  return count;
}

bool TestDaemon::alive() const {
  if (pid_ <= 0) return false;
  if (!child_) return ::kill(pid_, 0) == 0;
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

bool TestDaemon::serves() const {
  return ask(socket_path(), call(7, 1, 0)).size() == 28;
}

int TestDaemon::stop(int signal) {
  if (pid_ <= 0) return -1;
  ::kill(pid_, signal);
  int status = -1;
  if (child_)
    eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, 30'000);
  else
    eventually([&] { return ::kill(pid_, 0) != 0; }, 30'000);
  pid_ = -1;
  return child_ ? code_of(status) : 0;
}

Fd connect_to(const std::string& path) {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Fd();
  return socket;
}

std::string record(std::initializer_list<std::uint32_t> words) {
  std::string out;
  const auto put = [&](std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xff);
  };
  put(0x80000000u | static_cast<std::uint32_t>(4 * words.size()));
  for (const std::uint32_t word : words) put(word);
  return out;
}

std::string call(std::uint32_t xid, std::uint32_t version, std::uint32_t procedure,
                 std::initializer_list<std::uint32_t> arguments) {
  std::string bytes = record({xid, 0, 2, 35006, version, procedure, 0, 0, 0, 0});
  for (const std::uint32_t word : arguments) bytes += record({word}).substr(4);
  bytes[3] = static_cast<char>(bytes.size() - 4);
  return bytes;
}

bool send_all(const Fd& socket, const std::string& bytes) {
  return ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

std::string receive(const Fd& socket, std::size_t bytes, int limit_ms) {
  std::string got;
  const double end = now_ms() + limit_ms;
  while (got.size() < bytes && now_ms() < end) {
    pollfd wait{socket.number(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(end - now_ms()) + 1) <= 0) break;
    char buffer[4096];
    const ssize_t count = ::recv(socket.number(), buffer, std::min(sizeof buffer, bytes - got.size()), 0);
    if (count <= 0) break;
    got.append(buffer, static_cast<std::size_t>(count));
  }
  return got;
}

bool closed_by_peer(const Fd& socket, int limit_ms) {
  pollfd wait{socket.number(), POLLIN, 0};
  if (::poll(&wait, 1, limit_ms) <= 0) return false;
  char byte = 0;
  return ::recv(socket.number(), &byte, 1, 0) <= 0;
}

std::string ask(const std::string& path, const std::string& bytes) {
  const Fd socket = connect_to(path);
  if (!socket.valid() || !send_all(socket, bytes)) return "";
  const std::string mark = receive(socket, 4);
  if (mark.size() < 4) return "";
  const std::size_t length = static_cast<unsigned char>(mark[3]);
  return mark + receive(socket, length);
}

namespace {
int last_word(const std::string& reply, std::size_t at) {
  int word = 0;
  for (std::size_t i = at; i < at + 4; ++i) word = word << 8 | static_cast<unsigned char>(reply[i]);
  return word;
}
}  // namespace

int get_mode(const std::string& path, std::uint32_t bus) {
  const std::string reply = ask(path, call(1, 1, 2, {0, bus, 0, 0}));
  if (reply.size() < 32) return -100;
  const int status = last_word(reply, 28);
  return status == 0 ? last_word(reply, 32) : -status - 1;
}

int set_mode(const std::string& path, std::uint32_t bus, std::uint32_t mode) {
  const std::string reply = ask(path, call(1, 1, 1, {0, bus, 0, 0, mode}));
  return reply.size() == 32 ? last_word(reply, 28) : -1;
}

std::string control(const std::string& path, const std::string& line) {
  const Fd socket = connect_to(path);
  if (!socket.valid() || !send_all(socket, line + "\n")) return "";
  std::string got;
  while (got.find("\n\n") == std::string::npos) {
    const std::string more = receive(socket, 1);
    if (more.empty()) break;
    got += more;
  }
  return got;
}

std::string hex(const std::string& bytes) {
  std::string text;
  char digits[4];
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(bytes[i]));
    text += digits;
    if (i % 4 == 3 && i + 1 < bytes.size()) text += ' ';
  }
  return text;
}

int as_user(uid_t uid, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(uid) != 0 || ::setuid(uid) != 0) ::_exit(125);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return code_of(status);
}

long status_number(pid_t pid, const std::string& name) {
  const std::string text = read_text("/proc/" + std::to_string(pid) + "/status");
  for (const std::string_view line : nvstack::split_lines(text)) {
    const auto parts = nvstack::cut(line, ":");
    if (parts && parts->first == name) return std::strtol(std::string(parts->second).c_str(), nullptr, 10);
  }
  return -1;
}

}  // namespace harness
