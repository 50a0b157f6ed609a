package stablediffusion.weights.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Pickles the structure of a checkpoint, byte for byte like Python's pickler and {@code torch.save} (protocol 2). Supports strings,
 * integers ({@link Long}), {@link Double}, maps with string keys, and for a state dictionary the list of its tensors, whose storages are
 * numbered in this order.
 */
final class PickleWriter {
    /** Number of dictionary items that Python's pickler sets with one opcode. */
    private static final int BATCH = 1000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    /** Memo indices of objects that occur once in Python and are referenced afterwards. */
    private final Map<String, Integer> shared = new HashMap<>();
    private int nextMemo;

    private PickleWriter() {}

    static byte[] write(Map<String, Object> root) {
        PickleWriter writer = new PickleWriter();
        writer.opcode(0x80);
        writer.opcode(2);
        writer.value(root);
        writer.opcode('.');
        return writer.bytes.toByteArray();
    }

    private void value(Object value) {
        switch (value) {
            case String text -> text(text);
            case Long number -> number(number.intValue());
            case Double number -> {
                opcode('G');
                bytes.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
            }
            case Map<?, ?> map -> {
                opcode('}');
                memoize();
                items(map.entrySet().iterator(), entry -> {
                    text((String) entry.getKey());
                    value(entry.getValue());
                });
            }
            case List<?> tensors -> stateDictionary(tensors.stream().map(TensorSpec.class::cast).toList());
            default -> throw new IllegalArgumentException("cannot pickle " + value.getClass());
        }
    }

    private void stateDictionary(List<TensorSpec> tensors) {
        global("collections", "OrderedDict");
        opcodes(")R");
        memoize();
        int[] key = {0};
        items(tensors.iterator(), tensor -> {
            text(tensor.name());
            tensor(tensor, key[0]++);
        });
    }

    private interface Item<T> {
        void write(T item);
    }

    private <T> void items(Iterator<T> items, Item<? super T> write) {
        while (items.hasNext()) {
            T first = items.next();
            if (!items.hasNext()) {
                write.write(first);
                opcode('s');
                return;
            }
            opcode('(');
            write.write(first);
            for (int i = 1; i < BATCH && items.hasNext(); i++) {
                write.write(items.next());
            }
            opcode('u');
        }
    }

    private void tensor(TensorSpec tensor, int key) {
        global("torch._utils", "_rebuild_tensor_v2");
        opcodes("((");
        sharedText("storage");
        global("torch", tensor.type().torchStorage());
        text(String.valueOf(key));
        sharedText("cpu");
        number(tensor.size());
        opcode('t');
        memoize();
        opcode('Q');
        number(0);
        tuple(tensor.shape());
        tuple(tensor.strides());
        opcode(0x89);
        global("collections", "OrderedDict");
        opcodes(")R");
        memoize();
        opcode('t');
        memoize();
        opcode('R');
        memoize();
    }

    private void tuple(List<Integer> numbers) {
        if (numbers.isEmpty()) {
            opcode(')');
            return;
        }
        if (numbers.size() > 3) {
            opcode('(');
        }
        numbers.forEach(this::number);
        opcode(numbers.size() > 3 ? 't' : 0x84 + numbers.size());
        memoize();
    }

    private void number(int number) {
        if (number >= 0 && number < 1 << 8) {
            opcode('K');
            opcode(number);
        } else if (number >= 0 && number < 1 << 16) {
            opcode('M');
            opcode(number & 0xFF);
            opcode(number >> 8);
        } else {
            opcode('J');
            little(number);
        }
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        opcode('X');
        little(utf8.length);
        bytes.writeBytes(utf8);
        memoize();
    }

    private void sharedText(String text) {
        if (!recall(text)) {
            text(text);
        }
    }

    private void global(String module, String name) {
        if (!recall(module + "." + name)) {
            opcodes("c" + module + "\n" + name + "\n");
            memoize();
        }
    }

    /** Writes a reference to an object of the memo, or assigns the next memo index to it. */
    private boolean recall(String object) {
        Integer index = shared.putIfAbsent(object, nextMemo);
        if (index == null) {
            return false;
        }
        indexed('h', 'j', index);
        return true;
    }

    private void memoize() {
        indexed('q', 'r', nextMemo++);
    }

    private void indexed(int shortOpcode, int longOpcode, int index) {
        if (index < 1 << 8) {
            opcode(shortOpcode);
            opcode(index);
        } else {
            opcode(longOpcode);
            little(index);
        }
    }

    private void little(int number) {
        bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
    }

    private void opcode(int opcode) {
        bytes.write(opcode);
    }

    private void opcodes(String ascii) {
        bytes.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }
}
