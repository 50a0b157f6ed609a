package stablediffusion.cpu;

import stablediffusion.model.Precision;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Gives access to numbers in memory, one by one as floats, whatever they are stored as. */
sealed interface Numbers {
    MemorySegment memory();

    float get(long index);

    void set(long index, float number);

    static Numbers of(Precision precision, MemorySegment memory) {
        return switch (precision) {
            case F32 -> new Floats(memory);
            case BF16 -> new Bfloat16s(memory);
            case F16 -> throw new IllegalArgumentException("the CPU engine has no f16");
        };
    }

    record Floats(MemorySegment memory) implements Numbers {
        @Override
        public float get(long index) {
            return memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
        }

        @Override
        public void set(long index, float number) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, index, number);
        }
    }

    record Bfloat16s(MemorySegment memory) implements Numbers {
        @Override
        public float get(long index) {
            return Bfloat16.toFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, index));
        }

        @Override
        public void set(long index, float number) {
            memory.setAtIndex(ValueLayout.JAVA_SHORT, index, Bfloat16.of(number));
        }
    }
}
