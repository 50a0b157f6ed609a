package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** Describes the simulator as a device. Its limits are those that every supported GPU meets, so that a kernel that fits here fits there. */
final class SimulatedDevice implements TornadoDevice, TornadoTargetDevice {

    /** Bytes. */
    static final long MEMORY = 4L << 30;
    /** Bytes. */
    static final long LARGEST_ARRAY = 1L << 30;
    /** Local memory of a work-group in bytes. */
    static final int LOCAL_MEMORY = 32 << 10;
    /** The same for kernels that use warps, which only NVIDIA's GPUs run. */
    static final int LOCAL_MEMORY_WITH_WARPS = 48 << 10;
    static final int WORK_GROUP_ITEMS = 1024;

    private static final String NAME = "TornadoVM simulator (a test instrument on the JVM, not a device)";

    @Override
    public String getDeviceName() {
        return NAME;
    }

    @Override
    public String getDescription() {
        return NAME;
    }

    @Override
    public String getPlatformName() {
        return "simulator";
    }

    @Override
    public TornadoTargetDevice getPhysicalDevice() {
        return this;
    }

    @Override
    public TornadoDeviceType getDeviceType() {
        return TornadoDeviceType.CUSTOM;
    }

    @Override
    public long getMaxAllocMemory() {
        return LARGEST_ARRAY;
    }

    @Override
    public long getMaxGlobalMemory() {
        return MEMORY;
    }

    @Override
    public long getDeviceLocalMemorySize() {
        return LOCAL_MEMORY;
    }

    @Override
    public long[] getDeviceMaxWorkgroupDimensions() {
        return new long[] {WORK_GROUP_ITEMS, WORK_GROUP_ITEMS, 64};
    }

    @Override
    public String getDeviceOpenCLCVersion() {
        return "none";
    }

    @Override
    public int getBackendIndex() {
        return 0;
    }

    @Override
    public int getAvailableProcessors() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public TornadoVMBackendType getTornadoVMBackend() {
        return TornadoVMBackendType.JAVA;
    }

    @Override
    public boolean isSPIRVSupported() {
        return false;
    }

    @Override
    public long getDeviceGlobalMemorySize() {
        return MEMORY;
    }

    @Override
    public int getDeviceMaxComputeUnits() {
        return getAvailableProcessors();
    }

    @Override
    public long[] getDeviceMaxWorkItemSizes() {
        return getDeviceMaxWorkgroupDimensions();
    }

    @Override
    public long[] getDeviceMaxWorkGroupSize() {
        return new long[] {WORK_GROUP_ITEMS};
    }

    @Override
    public int getMaxThreadsPerBlock() {
        return WORK_GROUP_ITEMS;
    }

    @Override
    public int getDeviceMaxClockFrequency() {
        return 0;
    }

    @Override
    public long getDeviceMaxConstantBufferSize() {
        return LOCAL_MEMORY;
    }

    @Override
    public long getDeviceMaxAllocationSize() {
        return LARGEST_ARRAY;
    }

    @Override
    public String getDeviceInfo() {
        return NAME;
    }
}
