// What a PTX text says, as far as kernels are concerned.
#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cuda_device::ptx {

// Worded as the driver's compiler words it: with the line, and the instruction that it does not know.
struct Error : std::runtime_error {
    Error(int line, const std::string &text)
        : std::runtime_error("ptxas application ptx input, line " + std::to_string(line) + "; error   : " + text) {}
};

// Bytes of a type such as "f32"; 0 if there is no such type. Predicates have 1.
size_t bytes_of(const std::string &type);

struct Register {
    std::string type;
    unsigned elements; // 1, of a vector 2 or 4
};

// A parameter, or an array in shared or local memory.
struct Variable {
    std::string name, space, type;
    size_t count, alignment;

    size_t bytes() const { return count * bytes_of(type); }
};

struct Operand {
    // NAME of a register, a variable or a label; NUMBER of whole bits; FLOAT_BITS and DOUBLE_BITS of a floating point number;
    // ADDRESS in brackets: what `name` contains, or where it is, plus `number` bytes; ELEMENT of an array: its address plus the register `index`
    // and `number`, both counted in elements; VECTOR in braces.
    enum Kind { NAME, NUMBER, FLOAT_BITS, DOUBLE_BITS, ADDRESS, ELEMENT, VECTOR } kind;
    std::string name, index;
    int64_t number;
    std::vector<Operand> parts;
};

struct Statement {
    int line;
    std::string label; // a statement is a label or an instruction
    std::string guard; // register; empty if it is always executed
    bool guard_negated;
    std::vector<std::string> opcode; // "add", "rn", "f32"
    std::vector<Operand> operands;

    std::string name() const; // "add.rn.f32"
};

struct Entry {
    std::string name;
    int line;
    std::vector<Variable> parameters, variables;
    std::map<std::string, Register> registers;
    std::vector<Statement> body;
    unsigned largest_block; // of .maxntid; 0: none
};

struct Module {
    int target; // 90 for sm_90
    std::vector<Entry> entries;
};

} // namespace cuda_device::ptx
