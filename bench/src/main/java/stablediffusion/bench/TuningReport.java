package stablediffusion.bench;

import java.util.List;

/**
 * Holds the result of a search for the fastest block sizes on a device.
 *
 * @param device name of the device
 * @param entries results, one for each kernel
 */
public record TuningReport(Environment environment, String backend, String device, List<Entry> entries) {

    /**
     * Holds the result for one kernel.
     *
     * @param kernel name of the kernel
     * @param usual default block size
     * @param chosen fastest block size
     * @param usualSeconds total time of the measured shapes with the default block size
     * @param chosenSeconds total time of the same shapes with the fastest block size
     */
    public record Entry(String kernel, String usual, String chosen, double usualSeconds, double chosenSeconds) {}
}
