// One connection of the server: who it is, what it holds open, what it waits for. Private to virt.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "base/fd.hpp"
#include "channel/client.hpp"
#include "channel/wire.hpp"
#include "virt/server.hpp"

namespace nvstack::virt {

struct Server::Client {
  Fd socket;
  std::uint64_t id = 0;
  unsigned pid = 0, uid = 0;
  bool attached = false;
  channel::Role role = channel::Role::kNvml;
  std::map<std::uint32_t, unsigned> opens;  // GPU -> times
  std::optional<std::uint32_t> opening;     // an initialisation that is under way for it
  std::int64_t opening_ready_ns = 0;
  std::uint64_t event_mask = 0;
  std::set<std::uint32_t> event_gpus;

  bool is_root() const { return uid == 0; }
};

/// A client that does not take its reply loses it: it is not waited for.
void send_reply(int socket, const channel::Reply& reply, std::string_view payload, int descriptor);

}  // namespace nvstack::virt
