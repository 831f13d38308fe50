// libuv's handles, owned: closed when their owner lets go, freed when the loop has closed them.

#pragma once

#include <uv.h>

#include <memory>

namespace cachekit::loop {

template <class Handle>
struct CloseHandle {
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

/// The handle must have been initialised before it is let go.
template <class Handle>
using UvHandle = std::unique_ptr<Handle, CloseHandle<Handle>>;

}  // namespace cachekit::loop
