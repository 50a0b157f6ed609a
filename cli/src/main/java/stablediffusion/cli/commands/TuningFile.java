package stablediffusion.cli.commands;

import stablediffusion.bench.Json;
import stablediffusion.bench.TuningReport;
import stablediffusion.tornado.BlockSizes;
import stablediffusion.tornado.BlockSizesFile;

import java.nio.file.Path;
import java.util.Optional;

/** Holds the file of block sizes, with reports of how they were found. */
public record TuningFile(Path path) {

    /** Replaces the entry of a device. */
    void put(String device, BlockSizes sizes, TuningReport report) {
        Json.write(new BlockSizesFile(path).with(device, sizes, report), path);
    }

    /** Returns the report of the first device in the file. */
    public Optional<TuningReport> report() {
        return new BlockSizesFile(path).reports(TuningReport.class).stream().findFirst();
    }
}
