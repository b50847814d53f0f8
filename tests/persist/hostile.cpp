// A hostile client of another uid against the live daemon, for as long as wanted: mutated calls in pieces,
// half records, closes at any moment, connections by the hundred. Meanwhile root's GET must be answered.
// usage: persistenced_hostile SECONDS
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "harness.hpp"

using namespace harness;

namespace {

constexpr uid_t kHostile = 12'345;

std::string mutated(std::mt19937& random) {
  const auto below = [&](unsigned limit) { return static_cast<std::uint32_t>(random() % limit); };
  std::string bytes;
  for (std::uint32_t i = below(20); i-- > 0;)
    bytes += call(below(1u << 31), below(4), below(4), {0, 0x10 + below(3), 0, 0, below(3)});
  for (unsigned i = random() % 6; i-- > 0 && !bytes.empty();) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 3) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes.erase(at, random() % 40); break;
      default: bytes.insert(at, random() % 40, static_cast<char>(random())); break;
    }
  }
  return bytes;
}

[[noreturn]] void attack(const std::string& run, unsigned seed) {
  if (::setgid(kHostile) != 0 || ::setuid(kHostile) != 0) ::_exit(1);
  ::signal(SIGPIPE, SIG_IGN);
  std::mt19937 random(seed);
  std::vector<Fd> held;
  while (true) {
    const Fd socket = connect_to(run + (random() % 8 == 0 ? "/control" : "/socket"));
    const std::string bytes =
        random() % 16 == 0 ? std::string(random() % 9000, static_cast<char>(random())) : mutated(random);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t part = random() % 4 == 0 ? 1 + random() % 50 : bytes.size();
      if (!send_all(socket, bytes.substr(at, part))) break;
      at += part;
    }
    if (random() % 3 == 0) receive(socket, random() % 400, 1);
    if (random() % 10 == 0) held.push_back(connect_to(run + "/socket"));
    if (held.size() > 300) held.clear();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 10;
  TestDaemon daemon("gpus 3\n");
  std::vector<pid_t> children;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const pid_t child = ::fork();
    if (child == 0) attack(daemon.folder.path + "/run", seed);
    children.push_back(child);
  }
  long good = 0, bad = 0;
  double worst = 0;
  for (const double end = now_ms() + seconds * 1000.0; now_ms() < end && daemon.alive(); sleep_ms(10)) {
    const double start = now_ms();
    (get_mode(daemon.socket_path(), 0x10) == 1 ? good : bad) += 1;
    worst = std::max(worst, now_ms() - start);
  }
  for (const pid_t child : children) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
  const bool lives = daemon.alive();
  const long memory = status_number(daemon.pid(), "VmRSS");
  const int code = daemon.stop(SIGTERM);
  std::printf("%d s: %ld GETs right, %ld wrong, slowest %.1f ms; the daemon %s, %ld KiB, ended with %d\n",
              seconds, good, bad, worst, lives ? "lives" : "DIED", memory, code);
  if (!lives || code != 0) std::fputs(daemon.errors().c_str(), stdout);
  return lives && bad == 0 && code == 0 ? 0 : 1;
}
