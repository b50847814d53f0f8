// Server: what each request comes to.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "abi/nvml.h"
#include "virt/control.hpp"
#include "virt/faults.hpp"
#include "virt/server_client.hpp"
#include "virt/setters.hpp"

namespace nvstack::virt {

namespace {

enum Gpus { kNone, kAny, kOpened };
enum Who { kAnyone, kRoot };
struct OpRow {
  Gpus gpu;
  Who who;
};
constexpr OpRow kOps[] = {
#define OP(id, gpu, root, meaning) {gpu, root},
#include "channel/ops.inc"
#undef OP
};

/// The events that a change brings beside the change itself.
std::uint64_t event_of(channel::Op op) {
  using channel::Op;
  for (const Op mig : {Op::set_mig_mode, Op::create_gpu_instance, Op::destroy_gpu_instance,
                       Op::create_compute_instance, Op::destroy_compute_instance})
    if (op == mig) return nvmlEventMigConfigChange;
  for (const Op clocks : {Op::set_application_clocks, Op::reset_application_clocks, Op::set_locked_clocks,
                          Op::reset_locked_clocks})
    if (op == clocks) return nvmlEventTypeClock;
  return 0;
}

}  // namespace

void send_reply(int socket, const channel::Reply& given, std::string_view payload, int descriptor) {
  channel::Reply reply = given;
  reply.payload_bytes = static_cast<std::uint32_t>(std::min(payload.size(), channel::kPayloadMax));
  iovec parts[2] = {{&reply, sizeof reply}, {const_cast<char*>(payload.data()), reply.payload_bytes}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = reply.payload_bytes ? 2 : 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  (void)!::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int Server::check(const Client& client, const channel::Request& request) const {
  const OpRow& row = kOps[static_cast<std::size_t>(request.op)];
  if (request.op != channel::Op::attach && request.op != channel::Op::control && !client.attached)
    return NVML_ERROR_UNINITIALIZED;
  if (row.gpu != kNone) {
    if (request.gpu >= model_.page().gpu_count) return NVML_ERROR_INVALID_ARGUMENT;
    const channel::Gpu& gpu = model_.page().gpus[request.gpu];
    if (gpu.generation != request.generation) return NVML_ERROR_INVALID_ARGUMENT;
    if (row.gpu == kOpened && !client.opens.contains(request.gpu)) return NVML_ERROR_INVALID_ARGUMENT;
    if (row.gpu == kOpened && (gpu.flags & channel::kLost)) return NVML_ERROR_GPU_IS_LOST;
  }
  if (row.who == kRoot && !client.is_root()) return NVML_ERROR_NO_PERMISSION;
  return 0;
}

void Server::handle(Client& client, const channel::Request& request, std::string_view payload) {
  if (const int code = check(client, request); code != 0) return reply(client, code);
  switch (request.op) {
    case channel::Op::attach: return attach(client, request);
    case channel::Op::open_gpu: return open_gpu(client, request.gpu);
    case channel::Op::close_gpu: return close_gpu(client, request.gpu);
    case channel::Op::control: return run_control(client, payload);
    case channel::Op::wait_events: return subscribe(client, request, payload);
    case channel::Op::set_persistence_mode:
      if (request.args[0] > 1) return reply(client, NVML_ERROR_INVALID_ARGUMENT);
      return reply(client, model_.set_persistence(request.gpu, request.args[0] != 0));
    case channel::Op::reset_gpu: return reply_shown(client, model_.reset(request.gpu));
    case channel::Op::remove_gpu:
      return reply_shown(client, model_.remove(request.gpu) ? 0 : NVML_ERROR_IN_USE);
    case channel::Op::discover_gpus: model_.rescan(); return reply_shown(client, 0);
    case channel::Op::cuda_memory:
      if (request.args[0] == 0) {  // its last context is gone
        model_.end_work(client.id, request.gpu);
        return reply(client, 0);
      }
      model_.change_work(client.id, request.gpu, client.pid, [&](Work& work) {
        work.memory_bytes = request.args[0];
        if (work.name.empty()) work.name = "cuda";
      });
      return reply(client, 0);
    case channel::Op::cuda_busy:
      model_.change_work(client.id, request.gpu, client.pid, [&](Work& work) {
        work.sm_percent =
            request.args[0] ? static_cast<unsigned>(std::min<std::uint64_t>(request.args[1], 100)) : 0;
        work.memory_percent =
            request.args[0] ? static_cast<unsigned>(std::min<std::uint64_t>(request.args[2], 100)) : 0;
      });
      return reply(client, 0);
    case channel::Op::cuda_fault: {
      const auto number = static_cast<unsigned>(std::min<std::uint64_t>(request.args[0], UINT32_MAX));
      const std::string text = xid_text(number);
      if ((number != 13 && number != 31) || text.empty()) return reply(client, NVML_ERROR_INVALID_ARGUMENT);
      model_.xid(request.gpu, number, text, client.pid);
      return reply_shown(client, 0);
    }
    default: return change_gpu(client, request, payload);
  }
}

void Server::reply_shown(Client& client, int code) {
  show_();
  reply(client, code);
}

void Server::attach(Client& client, const channel::Request& request) {
  if (client.attached || request.args[0] > static_cast<std::uint64_t>(channel::Role::kEvents))
    return reply(client, NVML_ERROR_INVALID_ARGUMENT);
  client.role = static_cast<channel::Role>(request.args[0]);
  const bool controls = client.role == channel::Role::kControl;
  // nvidia-modprobe makes nodes as any program may; that they are there is seen when somebody wants to use
  // them.
  if (!controls && !model_.nodes_present && ::access("/dev/nvidiactl", F_OK) == 0) {
    model_.nodes_present = true;
    model_.machine_changed();
  }
  const int code = controls ? 0 : model_.attach_code();
  // The nodes' rights decide who may talk to the driver at all.
  if (code == 0 && !controls && !client.is_root() && (model_.node_mode & 06) != 06)
    return reply(client, NVML_ERROR_NO_PERMISSION);
  if (code != 0) return reply(client, code);
  client.attached = true;
  reply(client, 0, model_.state().bytes(), {}, model_.state().read_only().number());
}

void Server::open_gpu(Client& client, std::uint32_t gpu) {
  if (client.opening) return reply(client, NVML_ERROR_IN_USE);
  const Opening opening = model_.open(gpu);
  if (opening.ready_ns > 0) {
    client.opening = gpu;
    client.opening_ready_ns = opening.ready_ns;
    return;  // answered by tick()
  }
  if (opening.code == 0) ++client.opens[gpu];
  reply(client, opening.code);
}

void Server::close_gpu(Client& client, std::uint32_t gpu) {
  const auto at = client.opens.find(gpu);
  if (at == client.opens.end()) return reply(client, NVML_ERROR_INVALID_ARGUMENT);
  if (--at->second == 0) client.opens.erase(at);
  model_.close(gpu);
  reply(client, 0);
}

void Server::run_control(Client& client, std::string_view payload) {
  if (!client.is_root() && client.uid != owner_uid_)
    return reply(client, NVML_ERROR_NO_PERMISSION, 0, "this virtual host belongs to another user");
  const auto text = control(model_, {client.id, client.pid, client.uid}, split_payload(payload));
  show_();
  if (text) return reply(client, 0, 0, *text);
  const std::string message =
      text.error().text() + (text.error().hint.empty() ? "" : "\n" + text.error().hint);
  reply(client, text.error().code == ErrorCode::kUsage ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNKNOWN, 0,
        message);
}

void Server::subscribe(Client& client, const channel::Request& request, std::string_view payload) {
  if (payload.size() % sizeof(std::uint32_t) != 0) return reply(client, NVML_ERROR_INVALID_ARGUMENT);
  client.event_mask = request.args[0];
  client.event_gpus.clear();
  for (std::size_t at = 0; at < payload.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t gpu = 0;
    std::memcpy(&gpu, payload.data() + at, sizeof gpu);
    client.event_gpus.insert(gpu);
  }
  reply(client, 0);
}

void Server::change_gpu(Client& client, const channel::Request& request, std::string_view payload) {
  if (model_.page().gpu_count == 0) return reply(client, NVML_ERROR_NOT_FOUND);
  // Requests that name no GPU change the page's head; any GPU's bracket tells the readers.
  channel::Gpu& gpu = model_.page().gpus[std::min(request.gpu, model_.page().gpu_count - 1)];
  channel::Reply answer{};
  {
    const Writing writing(gpu);
    answer.code = apply_setter(model_.page(), gpu, request, answer, {client.is_root(), payload});
  }
  if (answer.code == 0) {
    model_.touch(std::min(request.gpu, model_.page().gpu_count - 1));
    const std::uint64_t event = event_of(request.op);
    if (event) model_.raise(request.gpu, event, 0);
    if (event ==
        nvmlEventMigConfigChange) {  // capabilities are files; no other change of a GPU shows outside of NVML
      model_.machine_changed();
      show_();
    }
  }
  send_reply(client.socket.number(), answer, {}, -1);
}

}  // namespace nvstack::virt
