#include "bindings/python/message_pack.h"

#include <cachekit/message_pack.h>

#include <cstdint>
#include <limits>
#include <memory>

namespace cachekit::python {
namespace {

[[noreturn]] void refuse(std::string_view reason) {
  throw Error(
      Status(Code::invalid_argument, std::string("the value cannot be packed: ").append(reason)));
}

[[noreturn]] void malformed(std::string_view reason) {
  throw Error(message_pack::malformed(reason).value());
}

class ObjectPacker {
 public:
  ObjectPacker(std::string& out, std::size_t most_bytes)
      : out_(out), most_bytes_(most_bytes), appender_{out}, packer_(appender_) {}

  void pack(py::handle object, std::size_t depth = 0) {
    if (out_.size() > most_bytes_) refuse("it takes more bytes than the options allow");
    if (object.is_none()) {
      packer_.pack_nil();
    } else if (PyBool_Check(object.ptr()) != 0) {
      packer_.pack(object.is(py::handle(Py_True)));
    } else if (PyLong_Check(object.ptr()) != 0) {
      pack_integer(object);
    } else if (PyFloat_Check(object.ptr()) != 0) {
      packer_.pack_double(PyFloat_AsDouble(object.ptr()));
    } else if (PyUnicode_Check(object.ptr()) != 0) {
      pack_text(object);
    } else if (PyBytes_Check(object.ptr()) != 0) {
      pack_bytes(PyBytes_AS_STRING(object.ptr()), PyBytes_GET_SIZE(object.ptr()));
    } else if (PyByteArray_Check(object.ptr()) != 0) {
      pack_bytes(PyByteArray_AS_STRING(object.ptr()), PyByteArray_GET_SIZE(object.ptr()));
    } else if (PyMemoryView_Check(object.ptr()) != 0) {
      pack_memory(object);
    } else {
      pack_collection(object, depth + 1);
    }
  }

 private:
  static std::uint32_t count_of(Py_ssize_t count) {
    if (count <= std::numeric_limits<std::uint32_t>::max()) {
      return static_cast<std::uint32_t>(count);
    }
    refuse("a part of it holds more than MessagePack can count");
  }

  void pack_integer(py::handle object) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    if (overflow == 0) {
      packer_.pack(std::int64_t{number});
      return;
    }
    const unsigned long long large = PyLong_AsUnsignedLongLong(object.ptr());
    if (PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      refuse("an int is beyond 64 bits");
    }
    packer_.pack(std::uint64_t{large});
  }

  void pack_text(py::handle object) {
    Py_ssize_t size = 0;
    const char* const text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
    if (text == nullptr) throw py::error_already_set();
    packer_.pack_str(count_of(size));
    packer_.pack_str_body(text, count_of(size));
  }

  void pack_bytes(const char* bytes, Py_ssize_t size) {
    packer_.pack_bin(count_of(size));
    packer_.pack_bin_body(bytes, count_of(size));
  }

  void pack_memory(py::handle memoryview) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(memoryview.ptr(), &buffer, PyBUF_SIMPLE) != 0) {
      throw py::error_already_set();
    }
    const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> release(&buffer,
                                                                          &PyBuffer_Release);
    pack_bytes(static_cast<const char*>(buffer.buf), buffer.len);
  }

  void pack_collection(py::handle object, std::size_t depth) {
    const bool is_dict = PyDict_Check(object.ptr()) != 0;
    if (!is_dict && PyList_Check(object.ptr()) == 0 && PyTuple_Check(object.ptr()) == 0) {
      throw py::type_error("MessagePack has no form for a " + type_name(object));
    }
    if (depth > message_pack::max_depth) refuse("lists and dicts are too deep within each other");
    if (is_dict) {
      pack_dict(py::reinterpret_borrow<py::dict>(object), depth);
    } else {
      pack_sequence(object, depth);
    }
  }

  // The elements themselves, whatever a class derived from list makes of iterating.
  void pack_sequence(py::handle list_or_tuple, std::size_t depth) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(list_or_tuple.ptr());
    PyObject** const elements = PySequence_Fast_ITEMS(list_or_tuple.ptr());
    packer_.pack_array(count_of(count));
    for (Py_ssize_t i = 0; i < count; ++i) pack(elements[i], depth);
  }

  void pack_dict(const py::dict& dict, std::size_t depth) {
    packer_.pack_map(count_of(PyDict_Size(dict.ptr())));
    for (const auto& [key, value] : dict) {
      pack(key, depth);
      pack(value, depth);
    }
  }

  std::string& out_;
  std::size_t most_bytes_;
  message_pack::Appender appender_;
  msgpack::packer<message_pack::Appender> packer_;
};

py::object text_of(const msgpack::object_str& text) {
  auto decoded =
      py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(text.ptr, text.size, "strict"));
  if (decoded) return decoded;
  if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError) == 0) throw py::error_already_set();
  PyErr_Clear();
  malformed("a text is not UTF-8");
}

py::object unpacked(const msgpack::object& object);

py::object list_of(const msgpack::object_array& array) {
  py::list list(array.size);
  for (std::size_t i = 0; i < array.size; ++i) list[i] = unpacked(array.ptr[i]);
  return list;
}

// What Python can take for a key of a dict.
py::object key_of(const msgpack::object& object) {
  if (object.type == msgpack::type::MAP) malformed("the key of a map is a map");
  if (object.type != msgpack::type::ARRAY) return unpacked(object);
  const msgpack::object_array& array = object.via.array;
  py::tuple tuple(array.size);
  for (std::size_t i = 0; i < array.size; ++i) tuple[i] = key_of(array.ptr[i]);
  return tuple;
}

py::object dict_of(const msgpack::object_map& map) {
  py::dict dict;
  for (std::size_t i = 0; i < map.size; ++i) {
    dict[key_of(map.ptr[i].key)] = unpacked(map.ptr[i].val);
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

void pack_object(py::handle object, std::string& out, std::size_t most_bytes) {
  ObjectPacker(out, most_bytes).pack(object);
}

std::string type_name(py::handle object) { return Py_TYPE(object.ptr())->tp_name; }

py::object unpack_object(std::string_view bytes) {
  return unpacked(value_or_throw(message_pack::unpack(bytes)).get());
}

}  // namespace cachekit::python
