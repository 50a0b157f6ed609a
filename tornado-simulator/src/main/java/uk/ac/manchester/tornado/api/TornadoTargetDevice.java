package uk.ac.manchester.tornado.api;

/** The hardware behind a device and its limits. */
public interface TornadoTargetDevice {

    String getDeviceName();

    /** Bytes. */
    long getDeviceGlobalMemorySize();

    /** Bytes that a work-group may share. */
    long getDeviceLocalMemorySize();

    int getDeviceMaxComputeUnits();

    /** The most work-items of a group in each dimension. */
    long[] getDeviceMaxWorkItemSizes();

    /** The most work-items of a group. */
    long[] getDeviceMaxWorkGroupSize();

    int getMaxThreadsPerBlock();

    /** Megahertz. */
    int getDeviceMaxClockFrequency();

    /** Bytes. */
    long getDeviceMaxConstantBufferSize();

    /** Bytes of the largest array. */
    long getDeviceMaxAllocationSize();

    String getDeviceInfo();
}
