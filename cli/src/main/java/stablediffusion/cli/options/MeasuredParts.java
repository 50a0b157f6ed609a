package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.bench.Part;

import java.util.EnumSet;
import java.util.Set;

/** Holds the option that chooses among a model's networks. */
public final class MeasuredParts {
    @Option(
            names = "--parts",
            split = ",",
            paramLabel = "PART",
            description = "Networks to measure: ${COMPLETION-CANDIDATES}. Default: all.")
    private Set<Part> parts = EnumSet.allOf(Part.class);

    public Set<Part> get() {
        return parts;
    }
}
