package stablediffusion.cpu;

/** Converts between float and bf16, the upper half of a float. */
final class Bfloat16 {
    private Bfloat16() {}

    static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Returns the nearest bf16 number, the even one of two that are equally near. */
    static short of(float value) {
        int bits = Float.floatToIntBits(value);
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }
}
