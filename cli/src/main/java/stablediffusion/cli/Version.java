package stablediffusion.cli;

import picocli.CommandLine.IVersionProvider;

/** Reads the version from the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {"sd " + (version == null ? "(not packaged)" : version), "Java " + Runtime.version()};
    }
}
