package stablediffusion.bench;

/**
 * Holds the measurement of a program that paints whole pictures and has no networks that could be measured alone.
 *
 * @param description the program, its version, threads and the precision of its weights
 * @param build what the program says about how it was built
 * @param picture times from the program's own clock; the total is that of the whole process
 */
public record ProgramReport(String description, String build, PictureMeasurement picture) {}
