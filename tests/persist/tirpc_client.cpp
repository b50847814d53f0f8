// An independent reader of the protocol: libtirpc, the library that the original and NVML speak with. Prints
// what NULL (both versions) and GET of a GPU answer.  usage: tirpc_client SOCKET BUS
#include <rpc/rpc.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

struct Place {
  int domain, bus, slot, function;
};
struct Mode {
  int status, mode;
};

bool_t nothing(XDR*, ...) {
  return TRUE;
}

bool_t put_place(XDR* xdr, ...) {
  va_list arguments;
  va_start(arguments, xdr);
  Place* place = va_arg(arguments, Place*);
  va_end(arguments);
  return xdr_int(xdr, &place->domain) && xdr_int(xdr, &place->bus) && xdr_int(xdr, &place->slot) &&
         xdr_int(xdr, &place->function);
}

bool_t get_mode(XDR* xdr, ...) {
  va_list arguments;
  va_start(arguments, xdr);
  Mode* mode = va_arg(arguments, Mode*);
  va_end(arguments);
  if (!xdr_int(xdr, &mode->status)) return FALSE;
  return mode->status != 0 || xdr_int(xdr, &mode->mode);
}

CLIENT* client_of(const char* path, rpcvers_t version) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return nullptr;
  netbuf peer{sizeof address, sizeof address, &address};
  return clnt_vc_create(socket, &peer, 35006, version, 0, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const timeval patience{5, 0};
  for (const rpcvers_t version : {1u, 2u}) {
    CLIENT* client = client_of(argv[1], version);
    if (!client) return 1;
    const clnt_stat answered = clnt_call(client, 0, nothing, nullptr, nothing, nullptr, patience);
    std::printf("NULL version %u: %s\n", static_cast<unsigned>(version), clnt_sperrno(answered));
    if (version == 1) {
      Place place{0, std::atoi(argv[2]), 0, 0};
      Mode mode{-1, -1};
      const clnt_stat got = clnt_call(client, 2, put_place, reinterpret_cast<caddr_t>(&place), get_mode,
                                      reinterpret_cast<caddr_t>(&mode), patience);
      std::printf("GET: %s, status %d, mode %d\n", clnt_sperrno(got), mode.status, mode.mode);
    }
    clnt_destroy(client);
  }
  return 0;
}
