package stablediffusion.weights.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes pickles opcode by opcode, well formed or not. */
final class PickleBuilder {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    PickleBuilder() {
        opcode(0x80);
        opcode(2);
    }

    PickleBuilder opcode(int opcode) {
        bytes.write(opcode);
        return this;
    }

    PickleBuilder opcodes(String ascii) {
        bytes.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    PickleBuilder text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.write('X');
        bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(utf8.length).array());
        bytes.writeBytes(utf8);
        return this;
    }

    PickleBuilder number(int number) {
        bytes.write('J');
        bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
        return this;
    }

    PickleBuilder global(String module, String name) {
        return opcodes("c" + module + "\n" + name + "\n");
    }

    PickleBuilder numbers(List<Integer> numbers) {
        opcode('(');
        numbers.forEach(this::number);
        return opcode('t');
    }

    /** As torch pickles a tensor. */
    PickleBuilder tensor(String storageClass, String key, int elements, int offset, List<Integer> shape, List<Integer> strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .opcodes("((")
                .text("storage")
                .global("torch", storageClass)
                .text(key)
                .text("cpu")
                .number(elements)
                .opcodes("tQ")
                .number(offset)
                .numbers(shape)
                .numbers(strides)
                .opcode(0x89)
                .global("collections", "OrderedDict")
                .opcodes(")RtR");
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
