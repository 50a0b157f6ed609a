package stablediffusion.bench;

import java.util.List;

/**
 * What the search for block sizes found on a device.
 *
 * @param device its name
 * @param entries one for each kernel
 */
public record TuningReport(Environment environment, String backend, String device, List<Entry> entries) {

    /**
     * @param kernel whose block sizes were searched
     * @param usual block sizes without tuning
     * @param chosen the best that were found
     * @param usualSeconds over the shapes that were tried
     * @param chosenSeconds over the same shapes
     */
    public record Entry(String kernel, String usual, String chosen, double usualSeconds, double chosenSeconds) {}
}
