package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Contains kernels without mistakes, similar to those of networks. */
final class CorrectKernels {

    private CorrectKernels() {}

    /** Computes C[m,n] = A[m,k] B[k,n] in blocks of 64 x 64 x 16, with 16 x 16 work-items of 4 x 4 results each. Grid (n / 4, m / 4). */
    static void matrixProduct(KernelContext context, FloatArray a, FloatArray b, FloatArray c, int n, int k) {
        float[] blockA = context.allocateFloatLocalArray(64 * 16);
        float[] blockB = context.allocateFloatLocalArray(16 * 64);
        float[] sums = new float[16];
        float[] column = new float[4];
        float[] row = new float[4];
        for (int i = 0; i < 16; i++) {
            sums[i] = 0;
        }
        int item = context.localIdy * 16 + context.localIdx;
        int firstRow = context.groupIdy * 64;
        int firstColumn = context.groupIdx * 64;
        for (int start = 0; start < k; start += 16) {
            for (int i = item; i < 64 * 16; i += 256) {
                blockA[i] = a.get((firstRow + i / 16) * k + start + i % 16);
                blockB[i] = b.get((start + i / 64) * n + firstColumn + i % 64);
            }
            context.localBarrier();
            for (int inner = 0; inner < 16; inner++) {
                for (int i = 0; i < 4; i++) {
                    column[i] = blockA[(context.localIdy * 4 + i) * 16 + inner];
                    row[i] = blockB[inner * 64 + context.localIdx * 4 + i];
                }
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < 4; j++) {
                        sums[i * 4 + j] += column[i] * row[j];
                    }
                }
            }
            context.localBarrier();
        }
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                c.set((firstRow + context.localIdy * 4 + i) * n + firstColumn + context.localIdx * 4 + j, sums[i * 4 + j]);
            }
        }
    }

    /** Computes one sum for each group, by halving. */
    static void sums(KernelContext context, FloatArray input, FloatArray output) {
        int size = context.localGroupSizeX;
        float[] partial = context.allocateFloatLocalArray(256);
        partial[context.localIdx] = input.get(context.globalIdx);
        for (int stride = size / 2; stride > 0; stride /= 2) {
            context.localBarrier();
            if (context.localIdx < stride) {
                partial[context.localIdx] += partial[context.localIdx + stride];
            }
        }
        if (context.localIdx == 0) {
            output.set(context.groupIdx, partial[0]);
        }
    }

    /** Computes each row of a matrix with one work-item. */
    static void softmax(KernelContext context, FloatArray input, FloatArray output, int columns) {
        int row = context.globalIdx * columns;
        float largest = -1e30f;
        for (int i = 0; i < columns; i++) {
            largest = TornadoMath.max(largest, input.get(row + i));
        }
        float sum = 0;
        for (int i = 0; i < columns; i++) {
            sum += TornadoMath.exp(input.get(row + i) - largest);
        }
        for (int i = 0; i < columns; i++) {
            output.set(row + i, TornadoMath.exp(input.get(row + i) - largest) / sum);
        }
    }

    static void add(FloatArray a, FloatArray b, FloatArray sum, int rows, int columns) {
        for (@Parallel
        int i = 0; i < rows; i++) {
            for (@Parallel
            int j = 0; j < columns; j++) {
                sum.set(i * columns + j, a.get(i * columns + j) + b.get(i * columns + j));
            }
        }
    }

    static void widen(HalfFloatArray fp16, FloatArray floats) {
        for (@Parallel
        int i = 0; i < floats.getSize(); i++) {
            floats.set(i, fp16.get(i).getFloat32());
        }
    }

    /** Reverses a group through local memory of fp16 and of ints. */
    static void reverse(KernelContext context, HalfFloatArray fp16, IntArray ints, FloatArray output) {
        HalfFloat[] localFp16 = context.allocateHalfFloatLocalArray(64);
        int[] localInts = context.allocateIntLocalArray(64);
        int last = context.localGroupSizeX - 1;
        localFp16[context.localIdx] = fp16.get(context.globalIdx);
        localInts[context.localIdx] = ints.get(context.globalIdx);
        context.localBarrier();
        output.set(context.globalIdx, localFp16[last - context.localIdx].getFloat32() + localInts[last - context.localIdx]);
    }

    static void increment(FloatArray values) {
        for (@Parallel
        int i = 0; i < values.getSize(); i++) {
            values.set(i, values.get(i) + 1);
        }
    }

    static void increase(FloatArray values, int by) {
        for (@Parallel
        int i = 0; i < values.getSize(); i++) {
            values.set(i, values.get(i) + by);
        }
    }

    /** Computes C[16,8] = A[16,16] B[16,8] + 1 with one warp. Chunks of 16 bytes of A's rows lie in reverse order in local memory. */
    static void warpProduct(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c) {
        int[] left = context.allocateIntLocalArray(128);
        int[] right = context.allocateIntLocalArray(64);
        int lane = context.localIdx;
        for (int i = lane; i < 128; i += 32) {
            context.asyncCopyToLocal(left, i ^ 4, a, 2 * i);
        }
        for (int i = lane; i < 64; i += 32) {
            right[i] = b.get(2 * i).getHalfFloatValue() & 0xFFFF | b.get(2 * i + 1).getHalfFloatValue() << 16;
        }
        context.asyncCopyCommit();
        context.asyncCopyWaitGroup(0);
        context.localBarrier();
        HalfFloat[] fragmentA = context.mmaLoadA(left, 16, lane < 16 ? 16 : -16);
        HalfFloat[] fragmentB = context.mmaLoadB(right, 16, 0);
        float[] sums = context.mmaFragment(1);
        context.mmaStore(context.mma(fragmentA, fragmentB, sums, MMAShape.M16N8K16), c, 0, 0, 8);
    }
}
