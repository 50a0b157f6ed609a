package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Contains kernels with one mistake each. */
final class FaultyKernels {

    private static final float[] TABLE = {1, 2, 3};

    private FaultyKernels() {}

    static void readsPastTheEnd(KernelContext context, FloatArray input, FloatArray output) {
        output.set(context.globalIdx, input.get(context.globalIdx + 1));
    }

    static void writesBeforeTheBeginning(KernelContext context, FloatArray output) {
        output.set(context.globalIdx - 1, 1);
    }

    static void readsPastLocalArray(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(8);
        shared[context.localIdx] = 1;
        context.localBarrier();
        output.set(context.globalIdx, shared[context.localIdx + 1]);
    }

    static void writesPastPrivateArray(KernelContext context, FloatArray output) {
        float[] own = new float[4];
        for (int i = 0; i <= 4; i++) {
            own[i] = i;
        }
        output.set(context.globalIdx, own[0]);
    }

    static void readsUnwrittenLocal(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(16);
        if (context.localIdx > 0) {
            shared[context.localIdx] = 1;
        }
        context.localBarrier();
        output.set(context.globalIdx, shared[7 - context.localIdx]);
    }

    static void readsUnwrittenPrivate(KernelContext context, FloatArray output) {
        float[] sums = new float[4];
        sums[3] += 1;
        output.set(context.globalIdx, sums[3]);
    }

    static void readsUnwrittenPrivateInt(KernelContext context, FloatArray output) {
        int[] counts = new int[4];
        output.set(context.globalIdx, counts[2]);
    }

    static void leavesBeforeBarrier(KernelContext context, FloatArray output) {
        if (context.localIdx == 5) {
            return;
        }
        context.localBarrier();
        output.set(context.globalIdx, 1);
    }

    @SuppressWarnings("DuplicateBranches")
    static void waitsAtTwoBarriers(KernelContext context, FloatArray output) {
        if (context.localIdx < 4) {
            context.localBarrier();
        } else {
            context.localBarrier();
        }
        output.set(context.globalIdx, 1);
    }

    static void loopsUnequally(KernelContext context, FloatArray output) {
        for (int i = 0; i < context.localIdx; i++) {
            context.localBarrier();
        }
        output.set(context.globalIdx, 1);
    }

    static void allWriteOneElement(KernelContext context, FloatArray output) {
        output.set(context.groupIdx, 1);
    }

    static void readsWhatNeighbourWrites(KernelContext context, FloatArray values) {
        int left = context.globalIdx == 0 ? 0 : context.globalIdx - 1;
        values.set(context.globalIdx, values.get(left));
    }

    static void writesWhatNeighbourReads(KernelContext context, FloatArray values) {
        int right = context.globalIdx == 7 ? 7 : context.globalIdx + 1;
        values.set(context.globalIdx, values.get(right));
    }

    static void lacksBarrier(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(8);
        shared[context.localIdx] = 1;
        output.set(context.globalIdx, context.localIdx == 0 ? 0 : shared[context.localIdx - 1]);
    }

    static void lacksSecondBarrier(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(8);
        float sum = 0;
        for (int i = 0; i < 2; i++) {
            shared[context.localIdx] = i;
            context.localBarrier();
            sum += shared[7 - context.localIdx];
        }
        output.set(context.globalIdx, sum);
    }

    static void localBarrierForGlobalMemory(KernelContext context, FloatArray values) {
        values.set(context.globalIdx, 1);
        context.localBarrier();
        float other = values.get(7 - context.globalIdx);
        context.globalBarrier();
        values.set(context.globalIdx, other);
    }

    static void allocatesUnequally(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(8 + context.localIdx);
        shared[context.localIdx] = 1;
        output.set(context.globalIdx, 1);
    }

    static void allocatesTooMuch(KernelContext context, FloatArray output) {
        float[] shared = context.allocateFloatLocalArray(16 * 1024);
        shared[context.localIdx] = 1;
        output.set(context.globalIdx, 1);
    }

    static void copies(KernelContext context, FloatArray input, FloatArray output) {
        output.set(context.globalIdx, input.get(context.globalIdx));
    }

    static void iterationsCollide(FloatArray output, int rows, int columns) {
        for (@Parallel
        int row = 0; row < rows; row++) {
            for (@Parallel
            int column = 0; column < columns; column++) {
                output.set(row + column, 1);
            }
        }
    }

    static void scans(FloatArray values) {
        for (@Parallel
        int i = 1; i < values.getSize(); i++) {
            values.set(i, values.get(i) + values.get(i - 1));
        }
    }

    static void takesBoolean(FloatArray output, boolean negative) {
        output.set(0, negative ? -1 : 1);
    }

    static void recurses(FloatArray output, int depth) {
        output.set(0, depth);
        if (depth > 0) {
            recurses(output, depth - 1);
        }
    }

    static void usesInfinity(FloatArray output, int count) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, output.get(i));
        }
        output.set(0, largest);
    }

    static void usesStaticArray(FloatArray output) {
        for (@Parallel
        int i = 0; i < output.getSize(); i++) {
            output.set(i, TABLE[i]);
        }
    }

    static void usesFma(FloatArray output) {
        for (@Parallel
        int i = 0; i < output.getSize(); i++) {
            output.set(i, Math.fma(2f, 3f, output.get(i)));
        }
    }

    static void divides(KernelContext context, FloatArray output, int divisor) {
        output.set(context.globalIdx, context.globalIdx / divisor);
    }

    static float returns(FloatArray output) {
        output.set(0, 1);
        return 1;
    }

    static void half(FloatArray output) {
        output.set(0, 1);
    }

    static void namesParameterConstant(FloatArray output, float constant) {
        output.set(0, constant);
    }

    static void siblingLoops(FloatArray output) {
        for (@Parallel
        int i = 0; i < 4; i++) {
            output.set(i, 1);
        }
        for (@Parallel
        int j = 0; j < 4; j++) {
            output.set(8 - j, 1);
        }
    }

    static void hasNoLoops(FloatArray output, int size) {
        output.set(size, 1);
    }

    static void looksIntoFragment(KernelContext context, FloatArray output) {
        float[] sums = context.mmaFragment(0);
        output.set(context.globalIdx, sums[0]);
    }

    static void divergesInWarp(KernelContext context, FloatArray output) {
        int[] tile = context.allocateIntLocalArray(128);
        for (int i = context.localIdx; i < 128; i += 32) {
            tile[i] = 0;
        }
        context.localBarrier();
        if (context.localIdx < 31) {
            context.mmaLoadA(tile, 16, 0);
        }
        output.set(context.globalIdx, 1);
    }

    static void loadsMatrixWithoutBarrier(KernelContext context, FloatArray output) {
        int[] tile = context.allocateIntLocalArray(128);
        for (int i = context.localIdx; i < 128; i += 32) {
            tile[i] = 0;
        }
        context.mmaLoadA(tile, 16, 0);
        output.set(context.globalIdx, 1);
    }

    static void loadsMatrixMisaligned(KernelContext context, FloatArray output) {
        context.mmaLoadA(context.allocateIntLocalArray(129), 16, 4);
        output.set(context.globalIdx, 1);
    }

    static void mistakesFactors(KernelContext context, FloatArray output) {
        int[] tile = context.allocateIntLocalArray(128);
        for (int i = context.localIdx; i < 128; i += 32) {
            tile[i] = 0;
        }
        context.localBarrier();
        HalfFloat[] right = context.mmaLoadB(tile, 16, 0);
        context.mmaStore(context.mma(right, right, context.mmaFragment(0), MMAShape.M16N8K16), output, 0, 0, 8);
    }

    static void copiesFromOddIndex(KernelContext context, HalfFloatArray input, FloatArray output) {
        int[] tile = context.allocateIntLocalArray(32);
        context.asyncCopyToLocal(tile, context.localIdx, input, 2 * context.localIdx + 1);
        output.set(context.globalIdx, 1);
    }

    static void readsCopyBeforeWaiting(KernelContext context, HalfFloatArray input, FloatArray output) {
        int[] tile = context.allocateIntLocalArray(32);
        context.asyncCopyToLocal(tile, context.localIdx, input, 2 * context.localIdx);
        context.asyncCopyCommit();
        output.set(context.globalIdx, tile[context.localIdx]);
    }
}
