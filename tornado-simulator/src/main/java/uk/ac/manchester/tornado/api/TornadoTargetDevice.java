package uk.ac.manchester.tornado.api;

/** Describes the hardware of a device and its limits. */
public interface TornadoTargetDevice {

    String getDeviceName();

    /** Returns a size in bytes. */
    long getDeviceGlobalMemorySize();

    /** Returns the local memory of a work-group in bytes. */
    long getDeviceLocalMemorySize();

    int getDeviceMaxComputeUnits();

    /** Returns the largest work-group in each dimension. */
    long[] getDeviceMaxWorkItemSizes();

    /** Returns the largest number of work-items of a group. */
    long[] getDeviceMaxWorkGroupSize();

    int getMaxThreadsPerBlock();

    /** Returns a frequency in MHz. */
    int getDeviceMaxClockFrequency();

    /** Returns a size in bytes. */
    long getDeviceMaxConstantBufferSize();

    /** Returns the largest size of an array in bytes. */
    long getDeviceMaxAllocationSize();

    String getDeviceInfo();
}
