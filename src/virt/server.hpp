// Server answers the libraries over their socket: it counts who holds which GPU, checks who may ask what, and
// hands the requests to the model. One thread; it never waits for a client.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "virt/model.hpp"

namespace nvstack::virt {

class Server {
 public:
  /// `owner_uid` may control the host beside root.
  Server(Model& model, unsigned owner_uid);
  ~Server();

  /// Binds the socket, for everybody to connect. Errors: kIo.
  Status listen(const std::string& path);
  /// Serves a connection that somebody else accepted. False when there are too many.
  bool adopt(Fd socket, unsigned pid, unsigned uid);
  /// Readable when serve() has something to do.
  int descriptor() const { return poll_.number(); }
  /// Answers what has come, without waiting.
  void serve();
  /// Completes initialisations that are due and moves the physics on.
  void tick();
  /// Milliseconds until tick() is due; -1 when nothing moves.
  int wait_ms() const;
  /// Called before the reply to what changes files of the machine, so that who asked finds them changed.
  void before_reply(std::function<void()> show) { show_ = std::move(show); }
  std::size_t clients() const { return clients_.size(); }

 private:
  struct Client;
  void accept_clients();
  void receive(Client& client);
  void handle(Client& client, const channel::Request& request, std::string_view payload);
  void attach(Client& client, const channel::Request& request);
  void open_gpu(Client& client, std::uint32_t gpu);
  void close_gpu(Client& client, std::uint32_t gpu);
  void run_control(Client& client, std::string_view payload);
  void subscribe(Client& client, const channel::Request& request, std::string_view payload);
  void change_gpu(Client& client, const channel::Request& request, std::string_view payload);
  int check(const Client& client, const channel::Request& request) const;
  void tell(const channel::Event& event);
  void remove(int descriptor);
  void reply_shown(Client& client, int code);
  void reply(Client& client, int code, std::uint64_t value = 0, std::string_view payload = {},
             int descriptor = -1);

  Model& model_;
  unsigned owner_uid_;
  std::function<void()> show_ = [] {};
  Fd listening_, poll_;
  std::map<int, std::unique_ptr<Client>> clients_;
  std::uint64_t next_client_ = 1;
};

}  // namespace nvstack::virt
