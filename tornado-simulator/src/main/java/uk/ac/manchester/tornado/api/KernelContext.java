package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.types.HalfFloat;

/**
 * A work-item's view of the grid. These bodies are what a kernel sees when it is called as plain Java: the one work-item 0, barriers that
 * do nothing. Inside a task the simulator puts the work-item's own values in their place.
 */
public class KernelContext {

    /** Place in the whole grid. */
    public final Integer globalIdx = 0;
    public final Integer globalIdy = 0;
    public final Integer globalIdz = 0;

    /** Place of the work-group among the work-groups. */
    public final Integer groupIdx = 0;
    public final Integer groupIdy = 0;
    public final Integer groupIdz = 0;

    /** Place in the work-group. */
    public final Integer localIdx = 0;
    public final Integer localIdy = 0;
    public final Integer localIdz = 0;

    /** Work-items of the whole grid. */
    public final Integer globalGroupSizeX = 0;
    public final Integer globalGroupSizeY = 0;
    public final Integer globalGroupSizeZ = 0;

    /** Work-items of a work-group. */
    public final Integer localGroupSizeX = 0;
    public final Integer localGroupSizeY = 0;
    public final Integer localGroupSizeZ = 0;

    public KernelContext() {
    }

    /** Waits for all work-items of the group; what they wrote to local memory is seen afterwards. */
    public void localBarrier() {
    }

    /** Waits for all work-items of the group; what they wrote to global memory is seen by the group afterwards. */
    public void globalBarrier() {
    }

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
