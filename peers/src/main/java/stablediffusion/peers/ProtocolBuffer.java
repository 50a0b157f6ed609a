package stablediffusion.peers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes a message in the wire format of Protocol Buffers, field by field. */
final class ProtocolBuffer {
    private static final int LENGTH_DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    ProtocolBuffer number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    ProtocolBuffer number(int field, float value) {
        varint((long) field << 3 | FOUR_BYTES);
        int bits = Float.floatToIntBits(value);
        for (int i = 0; i < Float.BYTES; i++) {
            bytes.write(bits >>> 8 * i);
        }
        return this;
    }

    ProtocolBuffer text(int field, String text) {
        return lengthDelimited(field, text.getBytes(StandardCharsets.UTF_8));
    }

    ProtocolBuffer message(int field, ProtocolBuffer message) {
        return lengthDelimited(field, message.toBytes());
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    private ProtocolBuffer lengthDelimited(int field, byte[] content) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~127L) != 0) {
            bytes.write((int) (rest & 127 | 128));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
