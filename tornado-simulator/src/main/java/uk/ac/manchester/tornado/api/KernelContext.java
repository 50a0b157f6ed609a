package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.types.HalfFloat;

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
}
