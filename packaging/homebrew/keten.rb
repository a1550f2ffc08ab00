class Keten < Formula
  desc "Simulates how violence at home passes from parents to children, and what stops it"
  homepage "@SOURCE@"
  url "@SOURCE@"
  version "0.1.0"
  sha256 "@SHA256@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
  end

  test do
    system bin/"keten", "check", "builtin:first-run"
    system bin/"keten", "run", "builtin:first-run", "--scale", "0.001", "--set", "until=2010",
           "--set", "founding.pool_size=1000", "--set", "founding.pool_years=20", "--out", "runs"
  end
end
