package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Tells a work-item its position in the grid. These methods and fields are for a kernel that is called as plain Java: one work-item, number
 * 0, and barriers that do nothing. In a task the simulator replaces them by the work-item's own values.
 */
public class KernelContext {

    /** Position in the whole grid. */
    public final Integer globalIdx = 0;
    public final Integer globalIdy = 0;
    public final Integer globalIdz = 0;

    /** Position of the work-group among the work-groups. */
    public final Integer groupIdx = 0;
    public final Integer groupIdy = 0;
    public final Integer groupIdz = 0;

    /** Position in the work-group. */
    public final Integer localIdx = 0;
    public final Integer localIdy = 0;
    public final Integer localIdz = 0;

    /** Number of work-items of the whole grid. */
    public final Integer globalGroupSizeX = 0;
    public final Integer globalGroupSizeY = 0;
    public final Integer globalGroupSizeZ = 0;

    /** Number of work-items of a work-group. */
    public final Integer localGroupSizeX = 0;
    public final Integer localGroupSizeY = 0;
    public final Integer localGroupSizeZ = 0;

    public KernelContext() {}

    /** Waits for all work-items of the group; afterwards they see what was written to local memory. */
    public void localBarrier() {}

    /** Waits for all work-items of the group; afterwards they see what the group wrote to global memory. */
    public void globalBarrier() {}

    public int[] allocateIntLocalArray(int size) {
        return new int[size];
    }

    public byte[] allocateByteLocalArray(int size) {
        return new byte[size];
    }

    public float[] allocateFloatLocalArray(int size) {
        return new float[size];
    }

    public HalfFloat[] allocateHalfFloatLocalArray(int size) {
        return new HalfFloat[size];
    }

    /** Begins the copy of two adjacent elements of {@code source} to one element of a local array. */
    public void asyncCopyToLocal(int[] target, int targetIndex, HalfFloatArray source, int sourceIndex) {
        int low = source.get(sourceIndex).getHalfFloatValue() & 0xFFFF;
        int high = source.get(sourceIndex + 1).getHalfFloatValue() & 0xFFFF;
        target[targetIndex] = low | high << 16;
    }

    /** Ends a group of copies. */
    public void asyncCopyCommit() {}

    /** Waits until at most {@code groups} groups of this work-item's copies are under way. */
    public void asyncCopyWaitGroup(int groups) {}

    /*
     * Products of matrices by a warp: 32 work-items, consecutive in x, which all have to make the same calls. A fragment is a work-item's share of a
     * matrix; a kernel can only hand it on. What is said of lanes is as in the PTX manual, "Matrix multiply-accumulate".
     */

    /** Returns a fragment of a matrix of sums, 16 x 8, with all elements {@code value}. */
    public float[] mmaFragment(float value) {
        return new float[] {value, value, value, value};
    }

    /**
     * Loads a fragment of a left factor, 16 x 16 fp16 numbers, from a local array in which rows are 32 bytes apart. Each lane loads
     * 16 bytes, of row {@code lane % 16} and from column {@code lane / 16 * 8}.
     *
     * @param inner inner dimension, 16
     * @param byteOffset added to the place from which the lane loads; may differ from lane to lane
     */
    public HalfFloat[] mmaLoadA(int[] tile, int inner, int byteOffset) {
        return new HalfFloat[8];
    }

    /**
     * Loads a fragment of a right factor, 16 x 8 fp16 numbers, from a local array in which rows are 16 bytes apart. Each of the first 16 lanes loads a row.
     *
     * @param inner inner dimension, 16
     * @param byteOffset added to the place from which the lane loads; may differ from lane to lane
     */
    public HalfFloat[] mmaLoadB(int[] tile, int inner, int byteOffset) {
        return new HalfFloat[4];
    }

    /** Returns {@code sums + left · right}. */
    public float[] mma(HalfFloat[] left, HalfFloat[] right, float[] sums, MMAShape shape) {
        return sums;
    }

    /** Stores sums, element (i, j) at {@code (row + i) * stride + column + j}. */
    public void mmaStore(float[] sums, FloatArray target, int row, int column, int stride) {}
}
