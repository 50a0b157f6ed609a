package stablediffusion.weights.checkpoint;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lists the number formats of checkpoints.
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

    /** Returns the size of a number in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns true for floating-point formats and false for integers. */
    public boolean isFloatingPoint() {
        return switch (this) {
            case F64, F32, F16, BF16 -> true;
            case I64, I32, I16, I8, U8, BOOL -> false;
        };
    }

    /** Returns the name of torch's storage class for this type, by which a pickle names the type. */
    String torchStorage() {
        return torchStorage;
    }

    /** Finds a type by its name in a safetensors header. */
    static Optional<ElementType> ofSafetensors(String name) {
        return Stream.of(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    /** Finds a type by the name of torch's storage class. */
    static Optional<ElementType> ofTorchStorage(String name) {
        return Stream.of(values()).filter(type -> type.torchStorage.equals(name)).findFirst();
    }
}
