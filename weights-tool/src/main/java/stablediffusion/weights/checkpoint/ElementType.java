package stablediffusion.weights.checkpoint;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a checkpoint stores a number.
 */
public enum ElementType {
    F64(8, "DoubleStorage"),
    F32(4, "FloatStorage"),
    F16(2, "HalfStorage"),
    BF16(2, "BFloat16Storage"),
    I64(8, "LongStorage"),
    I32(4, "IntStorage"),
    I16(2, "ShortStorage"),
    I8(1, "CharStorage"),
    U8(1, "ByteStorage"),
    BOOL(1, "BoolStorage");

    private final int bytes;
    private final String torchStorage;

    ElementType(int bytes, String torchStorage) {
        this.bytes = bytes;
        this.torchStorage = torchStorage;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloatingPoint() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, I16, I8, U8, BOOL -> false;
        };
    }

    /** The class of torch whose instances hold such numbers; it is how a pickle names the type. */
    String torchStorage() {
        return torchStorage;
    }

    /** By its name in a safetensors header, which is this enum's. */
    static Optional<ElementType> ofSafetensors(String name) {
        return Stream.of(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    static Optional<ElementType> ofTorchStorage(String name) {
        return Stream.of(values()).filter(type -> type.torchStorage.equals(name)).findFirst();
    }
}
