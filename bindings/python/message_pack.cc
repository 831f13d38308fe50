#include "bindings/python/message_pack.h"

#include <cachekit/message_pack.h>

#include <cstdint>
#include <limits>

namespace cachekit::python {
namespace {

using Packer = msgpack::packer<message_pack::Appender>;

[[noreturn]] void refuse(const char* reason) {
  throw Error(Status(Code::invalid_argument, std::string("the value cannot be packed: ") + reason));
}

[[noreturn]] void malformed(const char* reason) {
  throw Error(message_pack::malformed(reason).value());
}

std::uint32_t count_of(std::size_t count) {
  if (count <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(count);
  refuse("it holds more than MessagePack can count");
}

void pack_integer(py::handle object, Packer& packer) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow == 0) {
    packer.pack(std::int64_t{number});
    return;
  }
  const unsigned long long large = PyLong_AsUnsignedLongLong(object.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse("an int is beyond 64 bits");
  }
  packer.pack(std::uint64_t{large});
}

void pack_text(py::handle object, Packer& packer) {
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (text == nullptr) throw py::error_already_set();  // a lone surrogate
  packer.pack_str(count_of(static_cast<std::size_t>(size)));
  packer.pack_str_body(text, static_cast<std::uint32_t>(size));
}

void pack_bytes(py::handle object, Packer& packer) {
  const auto bytes = py::reinterpret_borrow<py::bytes>(object);
  const std::string_view view = bytes;
  packer.pack_bin(count_of(view.size()));
  packer.pack_bin_body(view.data(), static_cast<std::uint32_t>(view.size()));
}

void pack_at(py::handle object, Packer& packer, std::size_t depth);

// The elements themselves, whatever a class derived from list makes of iterating.
void pack_sequence(py::handle list_or_tuple, Packer& packer, std::size_t depth) {
  const auto count = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(list_or_tuple.ptr()));
  PyObject** const elements = PySequence_Fast_ITEMS(list_or_tuple.ptr());
  packer.pack_array(count_of(count));
  for (std::size_t i = 0; i < count; ++i) pack_at(elements[i], packer, depth);
}

void pack_dict(const py::dict& dict, Packer& packer, std::size_t depth) {
  packer.pack_map(count_of(dict.size()));
  for (const auto& [key, value] : dict) {
    pack_at(key, packer, depth);
    pack_at(value, packer, depth);
  }
}

void pack_collection(py::handle object, Packer& packer, std::size_t depth) {
  if (depth == message_pack::max_depth) refuse("lists and dicts are too deep within each other");
  if (PyDict_Check(object.ptr()) != 0) {
    pack_dict(py::reinterpret_borrow<py::dict>(object), packer, depth + 1);
  } else if (PyList_Check(object.ptr()) != 0 || PyTuple_Check(object.ptr()) != 0) {
    pack_sequence(object, packer, depth + 1);
  } else {
    throw py::type_error("MessagePack has no form for a " +
                         std::string(py::str(py::type::handle_of(object).attr("__name__"))));
  }
}

void pack_at(py::handle object, Packer& packer, std::size_t depth) {
  if (object.is_none()) {
    packer.pack_nil();
  } else if (PyBool_Check(object.ptr()) != 0) {
    packer.pack(object.is(py::handle(Py_True)));
  } else if (PyLong_Check(object.ptr()) != 0) {
    pack_integer(object, packer);
  } else if (PyFloat_Check(object.ptr()) != 0) {
    packer.pack(PyFloat_AsDouble(object.ptr()));
  } else if (PyUnicode_Check(object.ptr()) != 0) {
    pack_text(object, packer);
  } else if (PyBytes_Check(object.ptr()) != 0) {
    pack_bytes(object, packer);
  } else {
    pack_collection(object, packer, depth);
  }
}

py::object text_of(const msgpack::object_str& text) {
  auto decoded =
      py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(text.ptr, text.size, "strict"));
  if (decoded) return decoded;
  PyErr_Clear();
  malformed("a text is not UTF-8");
}

py::object unpacked(const msgpack::object& object);

py::object list_of(const msgpack::object_array& array) {
  py::list list(array.size);
  for (std::size_t i = 0; i < array.size; ++i) list[i] = unpacked(array.ptr[i]);
  return list;
}

py::object dict_of(const msgpack::object_map& map) {
  py::dict dict;
  for (std::size_t i = 0; i < map.size; ++i) {
    const py::object key = unpacked(map.ptr[i].key);
    if (PyObject_Hash(key.ptr()) == -1) {
      PyErr_Clear();
      malformed("the key of a map is a list or a map");
    }
    dict[key] = unpacked(map.ptr[i].val);
  }
  return dict;
}

py::object unpacked(const msgpack::object& object) {
  switch (object.type) {
    case msgpack::type::NIL:
      return py::none();
    case msgpack::type::BOOLEAN:
      return py::bool_(object.via.boolean);
    case msgpack::type::POSITIVE_INTEGER:
      return py::int_(object.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
      return py::int_(object.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return py::float_(object.via.f64);
    case msgpack::type::STR:
      return text_of(object.via.str);
    case msgpack::type::BIN:
      return py::bytes(object.via.bin.ptr, object.via.bin.size);
    case msgpack::type::ARRAY:
      return list_of(object.via.array);
    case msgpack::type::MAP:
      return dict_of(object.via.map);
    case msgpack::type::EXT:
      break;
  }
  malformed("it holds an extension of MessagePack");
}

}  // namespace

void pack(py::handle object, std::string& out) {
  message_pack::Appender appender{out};
  Packer packer(appender);
  pack_at(object, packer, 0);
}

py::object unpack(std::string_view bytes) {
  return unpacked(value_or_throw(message_pack::unpack(bytes)).get());
}

}  // namespace cachekit::python
