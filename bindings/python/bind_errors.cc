// The exceptions: cachekit.Error, and one subclass for each code.

#include <string>

#include "bindings/python/bind.h"

namespace cachekit::python {
namespace {

struct ErrorClass {
  Code code;
  const char* name;
  const char* doc;
};

constexpr ErrorClass error_classes[] = {
    {Code::invalid_argument, "InvalidArgument", "The call itself is wrong; it was not sent."},
    {Code::unavailable, "Unavailable",
     "No node that could answer was reached; nothing was executed."},
    {Code::deadline_exceeded, "DeadlineExceeded", "The time ran out; nothing was executed."},
    {Code::outcome_unknown, "OutcomeUnknown",
     "A change was sent and no answer came: it may have been executed, or be yet."},
    {Code::unauthenticated, "Unauthenticated",
     "The node refused the credentials, or asks for some."},
    {Code::wrong_type, "WrongType", "The key holds a value of another type."},
    {Code::out_of_memory, "OutOfMemory", "The node is full and its policy lets nothing go."},
    {Code::server_error, "ServerError", "The node answered with an error."},
    {Code::protocol_error, "ProtocolError", "The node sent bytes that are no reply."},
    {Code::concern_not_met, "ConcernNotMet",
     "Executed, but fewer replicas than asked for have confirmed it in time."},
    {Code::limit_exceeded, "LimitExceeded", "A reply is larger or deeper than the options allow."},
    {Code::topology_error, "TopologyError", "The topology cannot be read or makes no sense."},
    {Code::cancelled, "Cancelled", "What the call was made of ended; nothing was executed."},
    {Code::overloaded, "Overloaded", "Too much is under way; this was not accepted."},
    {Code::source_failed, "SourceFailed", "A function that reads or writes the source has raised."},
    {Code::malformed_value, "MalformedValue", "A typed value is none that its codec has written."},
};

const char* class_name_of(Code code) {
  for (const ErrorClass& error_class : error_classes) {
    if (error_class.code == code) return error_class.name;
  }
  return "Error";
}

py::object make_class(py::module_& module, const char* name, const char* doc, py::handle base) {
  const std::string full_name = std::string("cachekit.") + name;
  auto made = py::reinterpret_steal<py::object>(
      PyErr_NewExceptionWithDoc(full_name.c_str(), doc, base.ptr(), nullptr));
  if (!made) throw py::error_already_set();
  module.attr(name) = made;
  return made;
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Error& error) {
    const py::object exception = exception_of(error.status());
    PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
  }
}

}  // namespace

py::object exception_of(const Status& status) {
  const py::object error_class = py::module_::import("cachekit").attr(class_name_of(status.code()));
  py::object exception = error_class(to_text(status.message()));
  exception.attr("code") = std::string(name_of(status.code()));
  return exception;
}

void bind_errors(py::module_& module) {
  const py::object base =
      make_class(module, "Error", "Any failure of a call; `code` names its kind.", PyExc_Exception);
  for (const ErrorClass& error_class : error_classes) {
    make_class(module, error_class.name, error_class.doc, base);
  }
  py::register_exception_translator(&translate);
}

}  // namespace cachekit::python
