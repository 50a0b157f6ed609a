package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;

import java.util.Optional;

/** Opens engines with given block sizes, so that a program can search for the best on a device. */
public final class TunedBlockSizes {
    private TunedBlockSizes() {}

    /** Returns true if a device is one of TornadoVM's, whose kernels take block sizes. */
    public static boolean tunable(Device device) {
        return TornadoRuntimeFlags.present() && Devices.list().contains(device);
    }

    /** Returns the block sizes to choose from on a device of TornadoVM. */
    public static BlockSizes.Choices choices(Device device) {
        return Devices.choices(device);
    }

    /** Opens an engine with these block sizes, whatever a file says. */
    public static Engine open(Device device, Optional<Precision> precision, BlockSizes sizes) {
        TornadoRuntimeFlags.require();
        return Devices.open(device, precision, sizes, false);
    }
}
