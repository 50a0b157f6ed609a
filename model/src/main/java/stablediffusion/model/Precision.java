package stablediffusion.model;

/** Names how a number is stored. Sums are always accumulated in 32 bits. */
public enum Precision {
    F32(4),
    F16(2),
    BF16(2);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the bytes of one number. */
    public int bytes() {
        return bytes;
    }
}
